"""What metering and the add-on service publish of credits that are bought by themselves."""

from __future__ import annotations

from typing import Literal

from contracts.envelope import EventData


class TopUpSet(EventData):
    """When fewer than `below` units of `meter` are left, `addon` is bought by itself, at this
    price, at most so often in a UTC day and month. Each setting has a `rule_id` of its own."""

    TYPE = "addons.TopUpSet.v1"
    workspace_id: str
    meter: str
    rule_id: str
    addon: str
    below: int
    most_a_day: int
    most_a_month: int
    price_cents: int
    currency: str
    set_by: str


class TopUpRemoved(EventData):
    """Nothing is bought by itself any more."""

    TYPE = "addons.TopUpRemoved.v1"
    workspace_id: str
    meter: str
    rule_id: str


class TopUpOrdered(EventData):
    """Credits ran low (`low_id`, by metering), and this purchase is made for it, once."""

    TYPE = "addons.TopUpOrdered.v1"
    workspace_id: str
    meter: str
    rule_id: str
    addon: str
    low_id: str
    purchase_id: str


class TopUpStopped(EventData):
    """Nothing more is bought until the rule is set again. `offer_changed`: the add-on is sold at
    another price, grants something else or is not for sale."""

    TYPE = "addons.TopUpStopped.v1"
    workspace_id: str
    meter: str
    rule_id: str
    addon: str
    reason: Literal["card_declined", "no_saved_method", "offer_changed"]
    purchase_id: str | None


class CreditsLow(EventData):
    """Of `meter` fewer than `below` units of quota and credits remain, as the rule `rule_id` of the
    add-on service wants to know. Said once a UTC day and rule, and again after new credits:
    `low_id` is that."""

    TYPE = "metering.CreditsLow.v1"
    workspace_id: str
    meter: str
    month: str
    low_id: str
    rule_id: str
    remaining: int
    below: int
