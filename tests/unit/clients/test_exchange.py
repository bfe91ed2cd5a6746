"""What a client sends, when it sends it again, and what it remembers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from workspace_billing import errors
from workspace_billing.bookmark import Bookmark
from workspace_billing.call import Answer, Call
from workspace_billing.exchange import Exchange, Request, Session, Wait
from workspace_billing.failures import UnexpectedAnswer, Unreachable
from workspace_billing.retries import Retries


def refused(status: int, code: str, **headers: str) -> Answer:
    body = json.dumps({"error": {"code": code, "message": "No."}}).encode()
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, body)


def done(**headers: str) -> Answer:
    return Answer(200, {name.replace("_", "-"): text for name, text in headers.items()}, b"done")


@dataclass
class Line:
    """Gives these answers in turn, None for none; time passes as it is waited for."""

    answers: list[Answer | None]
    seconds_each: float = 0.0
    now: float = 0.0
    requests: list[Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def run(self, exchange: Exchange[Any]) -> Any:
        try:
            step: Request | Wait = next(exchange)
            while True:
                step = exchange.send(self._answer(step))
        except StopIteration as end:
            return end.value

    def _answer(self, step: Request | Wait) -> Answer | None:
        if isinstance(step, Wait):
            self.waits.append(step.seconds)
            self.now += step.seconds
            return None
        self.requests.append(step)
        self.now += min(self.seconds_each, step.timeout)
        return self.answers.pop(0)


def session(line: Line) -> Session:
    return Session(None, Bookmark(), Retries(), clock=lambda: line.now, jitter=lambda: 1.0)


def call(method: str = "POST", **options: Any) -> Call[bytes]:
    defaults: dict[str, Any] = {"keyed": method == "POST"}
    read: Callable[[Answer], bytes] = lambda answer: answer.body  # noqa: E731
    return Call(method=method, path="/there", read=read, **{**defaults, **options})


class TestTryingAgain:
    @pytest.mark.parametrize(
        "failure",
        [
            None,
            refused(503, "unavailable"),
            refused(502, "gateway_unavailable"),
            refused(409, "request_in_progress"),
            refused(409, "conflict"),
            Answer(504, {}, b"<html>a proxy"),
        ],
    )
    def test_a_command_is_sent_again_under_the_same_key(self, failure: Answer | None) -> None:
        line = Line([failure, failure, done()])
        assert line.run(session(line).exchange(call())) == b"done"
        keys = {request.headers["Idempotency-Key"] for request in line.requests}
        assert (len(line.requests), len(keys)) == (3, 1)
        assert line.waits == [0.1, 0.2]

    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (409, "already_subscribed", errors.AlreadySubscribed),
            (402, "card_declined", errors.CardDeclined),
            (502, "gateway_rejected", errors.GatewayRejected),
            (500, "internal_error", errors.InternalError),
            (422, "validation_failed", errors.ValidationFailed),
        ],
    )
    def test_what_would_be_refused_again_is_not(
        self, status: int, code: str, kind: type[Exception]
    ) -> None:
        line = Line([refused(status, code)])
        with pytest.raises(kind):
            line.run(session(line).exchange(call()))

    def test_retry_after_is_waited_for(self) -> None:
        line = Line([refused(429, "rate_limited", retry_after="7"), done()])
        line.run(session(line).exchange(call("GET")))
        assert line.waits == [7.0]

    def test_but_not_beyond_the_time_that_is_left(self) -> None:
        line = Line([refused(429, "rate_limited", retry_after="31")])
        with pytest.raises(errors.RateLimited):
            line.run(session(line).exchange(call("GET")))

    def test_all_attempts_together_are_bounded_in_time(self) -> None:
        line = Line([None] * 9, seconds_each=10.0)
        with pytest.raises(Unreachable):
            line.run(session(line).exchange(call("GET")))
        assert [request.timeout for request in line.requests] == [10.0, 10.0, pytest.approx(9.7)]
        assert line.now <= 30.0

    def test_a_code_that_is_not_known_has_the_class_of_its_status(self) -> None:
        line = Line([refused(409, "something_new")])
        with pytest.raises(errors.Conflict) as caught:
            line.run(session(line).exchange(call()))
        assert caught.value.answered_code == "something_new"

    def test_another_program_at_that_address_is_told_apart(self) -> None:
        line = Line([Answer(404, {}, b"<html>")])
        with pytest.raises(UnexpectedAnswer):
            line.run(session(line).exchange(call()))


class TestReadingOnesWrites:
    def test_a_read_waits_for_the_last_command(self) -> None:
        line = Line([done(x_event_position="billing:7"), done()])
        client = session(line)
        line.run(client.exchange(call(workspace="acme")))
        line.run(client.exchange(call("GET", workspace="acme", waits_for=("billing",))))
        assert line.requests[1].query == {"after": "billing:7"}

    def test_a_position_that_no_log_has_is_forgotten(self) -> None:
        line = Line([refused(409, "position_unknown"), done()])
        client = session(line)
        client.bookmark.see("billing:9999")
        line.run(client.exchange(call("GET", waits_for=("billing",))))
        assert [request.query for request in line.requests] == [{"after": "billing:9999"}, {}]


class TestTheBookmark:
    def test_other_workspaces_are_not_waited_for(self) -> None:
        bookmark = Bookmark()
        bookmark.see("billing:7", "acme")
        assert bookmark.after(["billing"], "acme") == "billing:7"
        assert bookmark.after(["billing"], "other") is None
        assert bookmark.after(["billing"]) == "billing:7"

    def test_what_concerns_all_is_waited_for_by_each(self) -> None:
        bookmark = Bookmark()
        bookmark.see("billing:7", "acme")
        bookmark.see("billing:9")
        assert bookmark.after(["billing"], "acme") == "billing:9"

    def test_the_latest_of_several_services_is_named(self) -> None:
        bookmark = Bookmark()
        bookmark.see("billing:7", "acme")
        bookmark.see("addons:2", "acme")
        assert bookmark.after(["billing", "addons"], "acme") == "addons:2"
        assert bookmark.after(["billing"], "acme") == "billing:7"

    def test_it_goes_over_a_redirect_and_never_back(self) -> None:
        bookmark, other = Bookmark(), Bookmark()
        bookmark.see("billing:7", "acme")
        bookmark.see("addons:2", "acme")
        other.see("billing:8", "acme")
        other.see(bookmark.token("acme"), "acme")
        assert other.after(["billing"], "acme") == "billing:8"
        assert other.after(["addons"], "acme") == "addons:2"

    @pytest.mark.parametrize("typed", ["", "billing", "billing:x", "<script>", "a" * 9_000])
    def test_what_is_no_bookmark_is_none(self, typed: str) -> None:
        bookmark = Bookmark()
        bookmark.see(typed)
        assert bookmark.after(["billing"]) is None
