"""How often somebody may do something: token buckets in this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from kernel.errors import RateLimited
from runtime.web.pace import Pace

MINUTE = 60.0
MOST_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Each a number of requests per minute, which may also come all at once; 0 is no limit. Each
    process counts for itself."""

    bad_tokens_per_address: int = 300
    anonymous_per_address: int = 3_000
    requests_per_caller: int = 60_000
    checkouts_per_workspace: int = 60
    holds_per_workspace: int = 12_000


class TokenBuckets:
    """A bucket for each key. Kept is only when a bucket will be full again."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = MINUTE / per_minute if per_minute else 0.0
        self._clock = clock
        self._full_at: dict[str, float] = {}

    def spend(self, key: str) -> None:
        """Takes a token of that bucket. Raises RateLimited when there is none."""
        wait = self.take(key)
        if wait > 0:
            raise RateLimited(retry_after=math.ceil(wait))

    def take(self, key: str) -> float:
        """0 when a token was taken; else in how many seconds there will be one."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at + self._interval - now - MINUTE
        if not self._interval or wait <= 0:
            self._remember(key, full_at + self._interval, now)
            return 0.0
        return wait

    def _remember(self, key: str, full_at: float, now: float) -> None:
        if len(self._full_at) >= MOST_KEYS:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
        if len(self._full_at) >= MOST_KEYS:
            self._full_at.clear()
        self._full_at[key] = full_at


class Rates:
    """`pace` is that of callers without a token."""

    def __init__(self, limits: RateLimits = RateLimits()) -> None:
        self.pace = Pace()
        self.bad_tokens = TokenBuckets(limits.bad_tokens_per_address)
        self.anonymous = TokenBuckets(limits.anonymous_per_address)
        self.callers = TokenBuckets(limits.requests_per_caller)
        self.checkouts = TokenBuckets(limits.checkouts_per_workspace)
        self.holds = TokenBuckets(limits.holds_per_workspace)
