"""What the metering service publishes. `month` is a UTC month such as `2026-11`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData

Metric = Literal["message", "conversation"]


class MessageMetered(EventData):
    """Counts 1 in `month`. `usage_id` is the caller's and counts once for ever."""

    TYPE = "metering.MessageMetered.v1"
    workspace_id: str
    usage_id: str
    month: str
    agent_id: str | None


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
