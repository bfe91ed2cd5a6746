"""What the metering service publishes. `month` is a UTC month such as `2026-11`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData, Fact, later
from contracts.top_ups import CreditsLow as CreditsLow
from contracts.units import ConversationCorrected as ConversationCorrected
from contracts.units import MessageCorrected as MessageCorrected
from contracts.units import UnitCorrected as UnitCorrected

Metric = Literal["message", "conversation"]


class MessageMetered(EventData):
    """Counts 1 in `month`. `usage_id` is the caller's and counts once for ever. In a human takeover
    no quota was asked."""

    TYPE = "metering.MessageMetered.v1"
    workspace_id: str
    usage_id: str
    month: str
    agent_id: str | None
    conversation_id: str | None = later(None)
    human_takeover: bool = later(default=False)


class ConversationStarted(EventData):
    """Holds one unit until it is metered, released or `hold_expires_at`."""

    TYPE = "metering.ConversationStarted.v1"
    workspace_id: str
    usage_id: str
    month: str
    agent_id: str | None
    hold_expires_at: datetime


class PlaygroundConversationStarted(EventData):
    """A try-out: it holds nothing, and neither it nor its messages ever count."""

    TYPE = "metering.PlaygroundConversationStarted.v1"
    workspace_id: str
    usage_id: str
    month: str
    agent_id: str | None


class ConversationMetered(EventData):
    """The first turn is complete: counts 1 in `month`. `after_expiry`: its hold had run out."""

    TYPE = "metering.ConversationMetered.v1"
    workspace_id: str
    usage_id: str
    month: str
    agent_id: str | None
    after_expiry: bool


class ConversationReleased(EventData):
    """The held unit came back: nothing counts."""

    TYPE = "metering.ConversationReleased.v1"
    workspace_id: str
    usage_id: str
    month: str
    reason: Literal["released", "expired"]


class QuotaThresholdReached(EventData):
    """Once per workspace, metric, month and percent."""

    TYPE = "metering.QuotaThresholdReached.v1"
    workspace_id: str
    metric: Metric
    month: str
    percent: Literal[80, 100]
    used: int
    limit: int


class MeterThresholdReached(EventData):
    """The same of a declared meter: once per workspace, meter, month, percent and quota in force.
    A soft quota goes on to 120 and 150."""

    TYPE = "metering.MeterThresholdReached.v1"
    workspace_id: str
    meter: str
    month: str
    percent: int
    used: int
    limit: int


class Part(Fact):
    """Units of one source: `quota` (of the month), `overdrawn`, or the id of a grant."""

    source: str
    amount: int


class MeterDeclared(EventData):
    """Something else is counted. `count`: an event counts 1; `sum`: its value."""

    TYPE = "metering.MeterDeclared.v1"
    slug: str
    unit: str
    aggregation: str
    dimensions: tuple[str, ...]
    overdraft: int


class MeterChanged(EventData):
    """All of it as it is now."""

    TYPE = "metering.MeterChanged.v1"
    slug: str
    unit: str
    aggregation: str
    dimensions: tuple[str, ...]
    overdraft: int


class UsageRecorded(EventData):
    """`value` units of `meter` count in `month`, from `sources`. `usage_id` counts once for ever.
    `over` are all units beyond a soft quota by then."""

    TYPE = "metering.UsageRecorded.v1"
    workspace_id: str
    meter: str
    usage_id: str
    month: str
    value: int
    dimensions: dict[str, str]
    sources: tuple[Part, ...]
    over: int


class UsageCorrected(EventData):
    """`value` counts instead of `before`, on `usage_day`, from `sources` now. `taken`, `returned`
    and `lapsed` (its grant had ended) is what moved."""

    TYPE = "metering.UsageCorrected.v1"
    workspace_id: str
    meter: str
    usage_id: str
    correction_id: str
    month: str
    usage_day: str
    before: int
    value: int
    reason: str
    dimensions: dict[str, str]
    sources: tuple[Part, ...]
    taken: tuple[Part, ...]
    returned: tuple[Part, ...]
    lapsed: tuple[Part, ...]


class UsageReserved(EventData):
    """Holds `amount` units until it is settled, released or `expires_at`."""

    TYPE = "metering.UsageReserved.v1"
    workspace_id: str
    meter: str
    usage_id: str
    month: str
    amount: int
    sources: tuple[Part, ...]
    expires_at: datetime


class ReservationSettled(EventData):
    """`value` units count in `month`. Of what was `reserved` (0: the hold had ended) the rest is
    back, or lapsed with its grant; what was used beyond it was `taken`."""

    TYPE = "metering.ReservationSettled.v1"
    workspace_id: str
    meter: str
    usage_id: str
    month: str
    reserved: int
    value: int
    dimensions: dict[str, str]
    sources: tuple[Part, ...]
    taken: tuple[Part, ...]
    returned: tuple[Part, ...]
    lapsed: tuple[Part, ...]
    over: int


class ReservationReleased(EventData):
    """Nothing was used: all is back, or lapsed with its grant."""

    TYPE = "metering.ReservationReleased.v1"
    workspace_id: str
    meter: str
    usage_id: str
    month: str
    reason: Literal["released", "expired"]
    returned: tuple[Part, ...]
    lapsed: tuple[Part, ...]


class CreditsGranted(EventData):
    """`repaid` of them pay off what was overdrawn in `month`. Of lower priority burns first."""

    TYPE = "metering.CreditsGranted.v1"
    workspace_id: str
    meter: str
    grant_id: str
    month: str
    amount: int
    priority: int
    expires_at: datetime | None
    source: str
    repaid: int


class CreditsRevoked(EventData):
    """`amount` was neither spent nor held."""

    TYPE = "metering.CreditsRevoked.v1"
    workspace_id: str
    meter: str
    grant_id: str
    month: str
    amount: int
    reason: str


class CreditsExpired(EventData):
    """`amount` was neither spent nor held at the grant's end."""

    TYPE = "metering.CreditsExpired.v1"
    workspace_id: str
    meter: str
    grant_id: str
    month: str
    amount: int
