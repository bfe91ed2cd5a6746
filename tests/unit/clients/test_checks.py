"""Quota checks that are answered whatever happens."""

from __future__ import annotations

import pytest

from tests.unit.clients.test_exchange import Line, refused, session
from workspace_billing.breaker import Breaker
from workspace_billing.call import Answer
from workspace_billing.checks import Check, OnError, check_call, guarded
from workspace_billing.errors import RateLimited
from workspace_billing.failures import CircuitOpen, Forbidden, Unreachable

ALLOWED = Answer(
    200,
    {},
    b'{"allowed":true,"used":1,"limit":2,"remaining":1,"resets_at":"2026-12-01T00:00:00Z"}',
)


class Asking:
    """A client whose server gives these answers; a breaker of two failures."""

    def __init__(self, *answers: Answer | None) -> None:
        self.line = Line(list(answers))
        self.breaker = Breaker(2, 5.0, clock=lambda: self.line.now)

    def check(self, on_error: OnError = "raise") -> Check:
        call = check_call("acme", "can-start-conversation", None)
        check: Check = self.line.run(
            guarded(session(self.line).exchange(call), self.breaker, on_error)
        )
        return check


class TestACheck:
    def test_tells_the_figures(self) -> None:
        check = Asking(ALLOWED).check()
        assert (bool(check), check.used, check.limit, check.remaining) == (True, 1, 2, 1)

    def test_a_quota_that_is_used_up_is_an_answer(self) -> None:
        check = Asking(refused(429, "plan_limit_reached", x_decision_id="d1")).check("allow")
        assert not check
        assert not check.assumed
        assert check.refusal is not None
        assert check.refusal.decision_id == "d1"
        assert check.refusal.sse() == (
            'event: error\ndata: {"error": {"code": "plan_limit_reached", "message": "No."}}\n\n'
        )

    @pytest.mark.parametrize(("on_error", "allowed"), [("allow", True), ("deny", False)])
    def test_without_an_answer_the_caller_has_decided(
        self, on_error: OnError, allowed: bool
    ) -> None:
        check = Asking(None, None).check(on_error)
        assert (check.allowed, check.assumed) == (allowed, True)

    def test_or_is_told(self) -> None:
        with pytest.raises(Unreachable):
            Asking(None, None).check()
        with pytest.raises(RateLimited):
            Asking(refused(429, "rate_limited", retry_after="60")).check()

    def test_what_the_caller_did_wrong_is_always_raised(self) -> None:
        with pytest.raises(Forbidden):
            Asking(refused(403, "forbidden")).check("allow")

    def test_takes_a_second_at_most(self) -> None:
        asking = Asking(None, None)
        asking.line.seconds_each = 0.6
        asking.check("allow")
        assert [request.timeout for request in asking.line.requests] == [1.0, pytest.approx(0.3)]


class TestTheBreaker:
    def test_after_failures_in_a_row_nobody_waits(self) -> None:
        asking = Asking(*[None] * 4)
        assert [asking.check("allow").assumed for _ in range(5)] == [True] * 5
        assert len(asking.line.requests) == 4
        with pytest.raises(CircuitOpen):
            asking.check()

    def test_one_call_finds_out_that_it_is_over(self) -> None:
        asking = Asking(*[None] * 4, ALLOWED, ALLOWED)
        asking.check("deny")
        asking.check("deny")
        asking.line.now += 5.1
        assert asking.check("deny")
        assert asking.check("deny")
        assert not asking.breaker.is_open

    def test_while_it_finds_out_the_others_go_on(self) -> None:
        asking = Asking(*[None] * 4)
        asking.check("deny")
        asking.check("deny")
        asking.line.now += 5.1
        assert asking.breaker.lets_through()
        assert not asking.breaker.lets_through()
