"""When a call is tried again: only where that can't do anything twice."""

from __future__ import annotations

from dataclasses import dataclass

from workspace_billing.failures import ApiError

# A gateway that said no says it again.
FINAL = frozenset({"gateway_rejected", "refund_refused"})
PASSING = frozenset({"request_in_progress", "conflict", "rate_limited", "request_timeout"})
UNAVAILABLE = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retries:
    """At most `attempts` in `seconds`, waits included. Between them a random part of `pause`,
    doubled each time up to `longest_pause`; what `Retry-After` says where that is longer. Every
    call of this API may be repeated: reads, what has an id of the caller, what carries an
    Idempotency-Key."""

    attempts: int = 5
    seconds: float = 30.0
    pause: float = 0.1
    longest_pause: float = 4.0

    def wait(
        self, attempt: int, error: ApiError | None, left: float, jitter: float
    ) -> float | None:
        """Seconds until the next attempt; None when there is to be none. `error` is None when
        nothing was answered, `jitter` is between 0 and 1."""
        if attempt >= self.attempts or (error is not None and not is_passing(error)):
            return None
        wait = jitter * min(self.longest_pause, self.pause * 2 ** (attempt - 1))
        if error is not None and error.retry_after is not None:
            wait = max(wait, float(error.retry_after))
        return wait if wait < left else None


def is_passing(error: ApiError) -> bool:
    """May the same request succeed in a moment?"""
    if error.answered_code in FINAL:
        return False
    return error.status in UNAVAILABLE or error.answered_code in PASSING
