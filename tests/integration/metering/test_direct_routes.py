"""Whichever way leads to a direct route, the answer is the same to the byte."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.web.direct import DirectRoutes
from runtime.web.pace import Pace
from runtime.web.rates import Rates, TokenBuckets
from services.metering.http.direct import direct_routes
from tests.integration.metering.conftest import SetClock
from tests.support.metering_caller import Caller, service_token
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService
from tests.support.odd_inputs import ODD_BODIES, ODD_HEADERS, ODD_STRINGS, ODD_VALUES
from tests.support.postgres import fresh_database

WS = "/v1/metering/workspaces"
CHECKS = ("can-start-conversation", "can-send-message", "entitlements")
POSITION = re.compile(rb":\d+")
GOOD = f"Bearer {service_token(exp=4_000_000_000)}"


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    body: bytes | None = None
    headers: dict[bytes, bytes] = field(default_factory=dict)
    token: str = GOOD


def rates() -> Rates:
    """Nobody is slowed down, and no token comes back: neither depends on how fast we ask."""
    found = Rates()
    found.pace = Pace(clock=map(float, itertools.count()).__next__)
    found.holds = TokenBuckets(4, clock=lambda: 0.0)
    return found


class Counted:
    """Counts what comes this way."""

    def __init__(self, app: ASGIApp) -> None:
        self.seen = 0
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen += scope["type"] == "http"
        await self._app(scope, receive, send)


@dataclass
class BothWays:
    direct: TestClient
    ordinary: TestClient
    passed_on: Counted

    def answers(self, case: Case) -> list[tuple[int, Any, bytes]]:
        headers = {b"authorization": case.token.encode(), b"x-request-id": b"r", **case.headers}
        found = []
        for client in (self.direct, self.ordinary):
            answer = client.request(
                case.method, case.path, content=case.body, headers=headers if case.token else {}
            )
            shown = [pair for pair in answer.headers.raw if not pair[1].startswith(b"req_")]
            found.append((answer.status_code, list(map(_placed, shown)), answer.content))
        return found

    def agree(self, cases: Sequence[Case]) -> Counter[int]:
        """How often each status was answered."""
        seen: Counter[int] = Counter()
        for case in cases:
            direct, ordinary = self.answers(case)
            assert direct == ordinary, case
            seen[direct[0]] += 1
        return seen


def _placed(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Positions without their numbers: notices of limits take some, sooner or later."""
    name, value = header
    return (name, POSITION.sub(b":n", value)) if name == b"x-event-position" else header


@pytest.fixture(scope="module")
def ways(postgres_url: str) -> Iterator[BothWays]:
    """Two services whose clocks, plans and logs are alike, since both are asked the same."""
    with ExitStack() as stack:

        def service(direct: bool) -> tuple[TestClient, Counted]:
            url = stack.enter_context(fresh_database(postgres_url))
            metering = MeteringService(url, SetClock(), project=False, rates=rates())
            metering.migrate()
            counted = Counted(metering.api())
            routes = direct_routes(metering.service.routers) if direct else []
            app = DirectRoutes(counted, routes, metering.authenticator, metering.edge)
            client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
            _sell(url, client)
            return client, counted

        (direct, passed_on), (ordinary, _) = service(True), service(False)
        yield BothWays(direct, ordinary, passed_on)


def _sell(url: str, client: TestClient) -> None:
    billing = Billing(url)
    billing.plan("free", conversations=1_000, messages=1_000, is_default=True)
    client.headers["authorization"] = GOOD
    billing.limit(Caller(client, "small"), conversations=2, messages=2)  # type: ignore[arg-type]
    del client.headers["authorization"]


def post(rest: str, body: object, **headers: str) -> Case:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    path = f"{WS}/{rest}" if rest != "events" else "/v1/metering/events"
    return Case("POST", path, content, given)


def usual() -> list[Case]:
    """What hosts send all day; small workspaces run into their limits."""
    told = [{"id": f"e{n % 7}", "workspace_id": "acme", "metric": "message"} for n in range(10)]
    odd = [{"id": "x", "workspace_id": "/", "metric": "message"}, {"id": 7}, "no event"]
    return [
        *(
            Case("GET", f"{WS}/{ws}/{check}")
            for ws in ("acme", "small", "a.b-c")
            for check in CHECKS
        ),
        *(
            post(f"{ws}/messages", {"id": f"m{n % 4}"})
            for ws in ("acme", "small")
            for n in range(6)
        ),
        post("small/messages", {"id": "over"}, accept="text/event-stream"),
        Case("GET", f"{WS}/small/can-send-message", headers={b"accept": b"a, text/event-stream"}),
        *(post("small/conversations", {"id": f"c{n % 3}", "agent_id": "a"}) for n in range(4)),
        Case("GET", f"{WS}/small/can-start-conversation"),
        post("small/conversations", {"id": "too often"}),
        post("acme/conversations", {"id": "try", "is_playground": True}),
        post("acme/messages", {"id": "try", "is_playground": True}),
        post("small/conversations/c0/first-turn", {}),
        post("small/conversations/c0/first-turn", b""),
        post("acme/conversations/p/first-turn", {"is_playground": True}),
        Case("DELETE", f"{WS}/small/conversations/c1"),
        Case("DELETE", f"{WS}/small/conversations/never"),
        post("events", {"events": told}),
        post("events", {"events": [*told, *odd]}),
        *(Case("GET", f"{WS}/{ws}/{check}") for ws in ("acme", "small") for check in CHECKS),
    ]


def odd_bodies() -> Iterator[Case]:
    values = [b'{"id":%b}' % value.encode() for value in ODD_VALUES]
    texts = [b'{"id":"%b"}' % text.encode() for text in ODD_STRINGS]
    more = [
        b'{"id":"i","occurred_at":"%b"}' % at for at in (b"2026-13-01", b"2099-01-01T00:00:00Z")
    ]
    for body in (*ODD_BODIES, *values, *texts, *more, b'{"id":"i","x":1}', b" " * 70_000):
        for rest in (
            *("acme/messages", "fresh/conversations", "fresh/conversations/c/first-turn"),
            "events",
        ):
            yield post(rest, body)
    for text in (*ODD_STRINGS, "é", "x" * 256):
        event = b'{"id":"%b","workspace_id":"acme","metric":"message"}' % text.encode()
        yield post("events", b'{"events":[%b]}' % event)
    yield post("events", {"events": [{"id": "i"}] * 1_001})


def odd_addresses() -> Iterator[Case]:
    for ws in (".x", "a" * 128, "a" * 129, "%61cme", "a%2Fb", "a b", "", "%00", "é"):
        yield Case("GET", f"{WS}/{ws}/can-send-message")
        yield post(f"{ws}/messages", {"id": "i"})
    for given in ("x" * 255, "x" * 256, "a/b", "a%20b", "%0a", "", "é", "first-turn"):
        yield post(f"acme/conversations/{given}/first-turn", {})
        yield Case("DELETE", f"{WS}/acme/conversations/{given}")
    for method, end in itertools.product(
        ("HEAD", "OPTIONS", "PUT", "GET", "POST", "DELETE"),
        (
            *("messages", "messages/", "can-send-message", "can-send-message?x=1", "nothing", ""),
            *(f"entitlements?after={after}" for after in ("metering:1", "metering:99", "", "x")),
        ),
    ):
        yield Case(method, f"{WS}/acme/{end}", b"{}" if method in {"PUT", "POST"} else None)
    for method in ("GET", "POST", "DELETE"):
        yield Case(method, "/v1/metering/events?x=1")
        yield Case(method, "/v1/metering/")


def odd_headers() -> Iterator[Case]:
    for headers in (*ODD_HEADERS, {b"origin": b"https://x.example"}, {b"Range": b"bytes=0-1"}):
        yield Case("GET", f"{WS}/acme/can-send-message", None, headers)
        yield Case("POST", f"{WS}/acme/messages", b'{"id":"h"}', headers)
    for key, body in (("k", "1"), ("k", "1"), ("k", "2"), ("l", "1"), ("l", "1")):
        yield post("acme/messages", {"id": f"kept-{body}"}, idempotency_key=key)


def odd_callers() -> Iterator[Case]:
    other = service_token("super_admin", exp=4_000_000_000)
    tokens = (
        *("", GOOD.lower(), "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", f"{GOOD}x"),
        *(f"Bearer {other}", GOOD.replace("Bearer", "bearer"), GOOD.replace(" ", "  ")),
        *(f"Bearer {service_token(exp=time.time() - 60)}", f"Bearer {service_token(sub='b')}"),
    )
    viewer = service_token("none", exp=4_000_000_000, workspaces={"acme": "viewer"})
    for token in (*tokens, f"Bearer {viewer}"):
        yield Case("GET", f"{WS}/acme/entitlements", token=token)
        yield Case("GET", f"{WS}/other/entitlements", token=token)
        yield Case("GET", f"{WS}/acme/can-send-message", token=token)
        yield Case("POST", f"{WS}/acme/messages", b'{"id":"t"}', token=token)


def test_the_usual_requests_are_answered_alike_without_the_framework(ways: BothWays) -> None:
    ways.agree([Case("GET", f"{WS}/acme/can-send-message")])  # from here on the token is known
    before = ways.passed_on.seen
    statuses = ways.agree(usual())
    assert ways.passed_on.seen == before
    assert {200, 201, 404, 429} <= statuses.keys()


def test_so_are_odd_ones(ways: BothWays) -> None:
    cases = [*odd_bodies(), *odd_addresses(), *odd_headers(), *odd_callers()]
    statuses = ways.agree(cases)
    assert len(cases) > 300
    assert {200, 201, 400, 401, 403, 404, 405, 409, 413, 422} <= statuses.keys()


def test_a_workspace_that_starts_too_many_conversations_is_told_to_wait(ways: BothWays) -> None:
    cases = [post("hasty/conversations", {"id": f"c{n}"}) for n in range(6)]
    assert ways.agree(cases) == {201: 4, 429: 2}
