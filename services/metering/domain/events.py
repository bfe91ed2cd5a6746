"""What metering records. A usage event is a stream of its own: its id is its idempotency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from kernel.events import DomainEvent, added
from services.metering.domain.quota import Metric


@dataclass(frozen=True, kw_only=True)
class MeteringEvent(DomainEvent):
    """`month` is the UTC month of `timestamp`, such as `2026-11`."""

    workspace: str
    month: str

    @property
    def day(self) -> str:
        return self.timestamp.date().isoformat()


@dataclass(frozen=True, kw_only=True)
class UsageEvent(MeteringEvent):
    """`usage_id` is the caller's; it counts once for ever in its workspace and metric."""

    usage_id: str
    agent_id: str | None


@dataclass(frozen=True, kw_only=True)
class MessageMetered(UsageEvent):
    """`human_takeover`: a person had taken over, so no quota was asked."""

    TOPIC: ClassVar[str] = "metering.MessageMetered"
    conversation_id: str | None = added(None)
    human_takeover: bool = added(default=False)


@dataclass(frozen=True, kw_only=True)
class ConversationMetered(UsageEvent):
    """The first turn is complete. `after_expiry`: its hold had run out before."""

    TOPIC: ClassVar[str] = "metering.ConversationMetered"
    after_expiry: bool


@dataclass(frozen=True, kw_only=True)
class ConversationStarted(UsageEvent):
    """Holds one unit of `month` until it is metered, released or `hold_expires_at`."""

    TOPIC: ClassVar[str] = "metering.ConversationStarted"
    hold_expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlaygroundConversationStarted(UsageEvent):
    """A try-out: whatever is reported of it later never counts."""

    TOPIC: ClassVar[str] = "metering.PlaygroundConversationStarted"


@dataclass(frozen=True, kw_only=True)
class ConversationReleased(MeteringEvent):
    """The held unit of `month` is free again."""

    TOPIC: ClassVar[str] = "metering.ConversationReleased"
    usage_id: str
    reason: Literal["released", "expired"]


@dataclass(frozen=True, kw_only=True)
class QuotaThresholdReached(MeteringEvent):
    """Once per workspace, metric, month, percent and quota in force."""

    TOPIC: ClassVar[str] = "metering.QuotaThresholdReached"
    metric: Metric
    percent: Literal[80, 100]
    used: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class MeterThresholdReached(MeteringEvent):
    """The same of a declared meter; a soft quota goes on to 120 and 150."""

    TOPIC: ClassVar[str] = "metering.MeterThresholdReached"
    meter: str
    percent: int
    used: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class CreditsLow(MeteringEvent):
    """Fewer than `below` units of quota and credits remain, which a rule of the add-on service
    wants to know. `low_id` makes it said once for a rule, a day and an age of grants."""

    TOPIC: ClassVar[str] = "metering.CreditsLow"
    meter: str
    low_id: str
    rule_id: str
    remaining: int
    below: int
