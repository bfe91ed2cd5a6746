"""What a round of attempts makes of its messages, and of their endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notifications.application.deliveries import Kept
from services.notifications.domain.delivery import Attempt, Message, OrderingKey, Sent
from services.notifications.domain.endpoint import Health
from services.notifications.domain.retries import Pace, Round, gives_up


def unsent(message: Message) -> Kept:
    """It waits behind another, or for the next round."""
    return Kept(message, "waiting", message.attempts, message.first_at, None)


def outcome(sent: Sent, health: Health, pace: Pace, luck: float) -> Kept:
    message, attempt = sent.message, sent.attempt
    if attempt is None:
        return unsent(message)
    first_at = message.first_at or attempt.at
    state, again_at = "delivered", None
    if attempt.verdict != "delivered":
        state, again_at = _next(message, attempt, health, pace, luck, first_at)
    return Kept(
        message,
        state,
        message.attempts + 1,
        first_at,
        attempt.at,
        again_at,
        attempt.status,
        attempt.latency_ms,
        attempt.error,
    )


def _next(
    message: Message,
    attempt: Attempt,
    health: Health,
    pace: Pace,
    luck: float,
    first_at: datetime,
) -> tuple[str, datetime | None]:
    if gives_up(pace, first_at, health, attempt.at):
        return "failed", None
    pause = pace.pause(message.attempts + 1, luck, attempt.asked, pace.longest)
    return "waiting", attempt.at + pause


def refused_keys(sent: Sequence[Sent]) -> set[OrderingKey]:
    return {
        each.message.ordering_key
        for each in sent
        if each.attempt is not None and each.attempt.verdict != "delivered"
    }


def seen(sent: Sequence[Sent], failing_keys: int) -> Round:
    """`failing_keys`: how many wait after a failure, this round's included."""
    attempts = [each.attempt for each in sent if each.attempt is not None]
    verdicts = [attempt.verdict for attempt in attempts]
    asked = [attempt.asked for attempt in attempts if attempt.asked is not None]
    return Round(
        delivered=verdicts.count("delivered"),
        refused=len(verdicts) - verdicts.count("delivered"),
        gone="gone" in verdicts,
        failing_keys=failing_keys,
        asked=max(asked, default=None),
    )
