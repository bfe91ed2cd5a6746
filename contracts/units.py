"""What the metering service publishes of corrections of the built-in meters."""

from __future__ import annotations

from typing import Literal

from contracts.envelope import EventData


class UnitCorrected(EventData):
    """`value` counts in `month` instead of `before`, on `usage_day`. The id still counts once for
    ever."""

    workspace_id: str
    usage_id: str
    correction_id: str
    month: str
    usage_day: str
    agent_id: str | None
    before: Literal[0, 1]
    value: Literal[0, 1]
    reason: str


class MessageCorrected(UnitCorrected):
    """A message counts after all, or does not."""

    TYPE = "metering.MessageCorrected.v1"


class ConversationCorrected(UnitCorrected):
    """A conversation counts after all, or does not."""

    TYPE = "metering.ConversationCorrected.v1"
