"""When to try again what an endpoint did not take, and when to give up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from services.notifications.domain.endpoint import HEALTHY, Health

Verdict = Literal["delivered", "refused", "gone"]
GONE = 410
FACTOR = 3
JITTER = 0.2
# So many ordering keys that fail say that it is the endpoint, not the events.
FAILING_KEYS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """`first` pause, three times as long each time: to `longest` for one delivery, to
    `longest_probe` for an endpoint that takes nothing. `patience`: the end of both."""

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=4)
    longest_probe: timedelta = timedelta(minutes=10)
    patience: timedelta = timedelta(days=3)
    warning: timedelta = timedelta(days=2)

    def pause(
        self, attempts: int, luck: float, asked: timedelta | None, longest: timedelta
    ) -> timedelta:
        """After so many attempts; `luck` from 0 to 1 spreads it by a fifth to both sides. What the
        endpoint asked for holds where it is longer."""
        factor: int = FACTOR ** min(attempts - 1, 20)
        planned = min(self.first * factor, longest)
        spread = planned * (1 + JITTER * (2 * luck - 1))
        return spread if asked is None else max(spread, min(asked, self.patience))


def verdict_on(status: int | None) -> Verdict:
    """None: there was no answer. A redirect is no delivery: it is not followed."""
    if status is not None and 200 <= status < 300:
        return "delivered"
    return "gone" if status == GONE else "refused"


def asked_pause(retry_after: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` says, in seconds or as a date; None where it says nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


def gives_up(pace: Pace, first_at: datetime, health: Health, now: datetime) -> bool:
    """A delivery that failed for as long as patience lasts, at an endpoint that takes others. One
    that takes nothing is disabled instead, and loses nothing."""
    patient_since = now - pace.patience
    endpoint_works = health.failing_since is None or health.failing_since > first_at
    return first_at <= patient_since and endpoint_works


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of deliveries saw. `failing_keys` wait after a failure, all in all."""

    delivered: int
    refused: int
    gone: bool
    failing_keys: int
    asked: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`disabled_reason` where it is disabled; `warn`: people are to be told that it will be."""

    health: Health
    disabled_reason: str | None = None
    warn: bool = False


def judge(health: Health, seen: Round, pace: Pace, luck: float, now: datetime) -> Judged:
    if seen.gone:
        return Judged(health, disabled_reason="gone")
    if seen.delivered or not seen.refused:
        return Judged(HEALTHY if seen.delivered else health)
    since, failures = health.failing_since or now, health.failures + 1
    pause = pace.pause(failures, luck, seen.asked, pace.longest_probe)
    opened = seen.failing_keys >= FAILING_KEYS
    failing = replace(
        health, failing_since=since, failures=failures, again_at=now + pause if opened else None
    )
    if now - since >= pace.patience:
        return Judged(failing, disabled_reason="failing")
    if now - since >= pace.warning and not health.warned:
        return Judged(replace(failing, warned=True), warn=True)
    return Judged(failing)
