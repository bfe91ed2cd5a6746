"""Quota checks of the hot path: bounded in time, and answered whatever happens."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workspace_billing.breaker import Breaker
from workspace_billing.call import Answer, Call, path, reading
from workspace_billing.exchange import Exchange, refusal
from workspace_billing.failures import ApiError, CircuitOpen, LimitReached, ServerError, Unreachable
from workspace_billing.models import Allowance

OnError = Literal["raise", "allow", "deny"]
CHECK_SECONDS = 1.0
QUOTAS = frozenset({"plan_limit_reached", "message_quota_exceeded", "quota_exceeded"})
log = logging.getLogger("workspace_billing")


@dataclass(frozen=True, slots=True)
class Check:
    """True where it is allowed. `refusal` is the quota's own answer, to be passed on. `assumed`:
    billing gave no answer, and this is what `on_error` says."""

    allowed: bool
    used: int | None = None
    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None
    refusal: ApiError | None = None
    assumed: bool = False

    def __bool__(self) -> bool:
        return self.allowed


def check_call(workspace: str, question: str, seconds: float | None) -> Call[Check]:
    return Call(
        method="GET",
        path=path("/v1/metering/workspaces/{}/{}", workspace, question),
        read=_read,
        workspace=workspace,
        answered_by=frozenset({429}),
        seconds=CHECK_SECONDS if seconds is None else seconds,
        attempts=2,
    )


def _read(answer: Answer) -> Check:
    if answer.status == 429:
        refused = refusal(answer)
        if refused.answered_code not in QUOTAS:
            raise refused
        return Check(allowed=False, refusal=refused)
    shown = reading(Allowance)(answer)
    return Check(shown.allowed, shown.used, shown.limit, shown.remaining, shown.resets_at)


def guarded(exchange: Exchange[Check], breaker: Breaker, on_error: OnError) -> Exchange[Check]:
    """What the caller did wrong is raised, whatever `on_error` says."""
    if not breaker.lets_through():
        exchange.close()
        return _assumed(on_error, CircuitOpen("The last checks failed."))
    try:
        check = yield from exchange
    except (Unreachable, ServerError) as error:
        breaker.failed()
        return _assumed(on_error, error)
    except LimitReached as error:
        return _assumed(on_error, error)
    breaker.succeeded()
    return check


def _assumed(on_error: OnError, error: Exception) -> Check:
    if on_error == "raise":
        raise error
    log.warning("quota check unanswered, taken for %s: %s", on_error, error)
    return Check(allowed=on_error == "allow", assumed=True)
