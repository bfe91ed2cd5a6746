"""What all of PayPal's resources share: tokens, request ids, errors, events, time."""

from __future__ import annotations

import base64
import itertools
from datetime import datetime, timedelta
from typing import Any

from kernel.clock import rfc3339
from tests.support.double_clock import DoubleClock
from tests.support.http_double import Answer, Call, Handler, HttpDouble, Json, Refused
from tests.support.paypal_documents import violation

CLIENT_ID = "paypal-client"
CLIENT_SECRET = "paypal-client-secret"
TOKEN_PATH = "/v1/oauth2/token"
CERTIFICATES = "/v1/notifications/certs/"

_TOKEN_LIFETIME = timedelta(hours=9)
_CURRENCIES = frozenset({"USD", "EUR", "GBP", "HUF", "JPY", "TWD"})
_WHOLE = frozenset({"HUF", "JPY", "TWD"})


def refused(status: int, issue: str) -> Refused:
    names = {
        400: "INVALID_REQUEST",
        403: "NOT_AUTHORIZED",
        404: "RESOURCE_NOT_FOUND",
        422: "UNPROCESSABLE_ENTITY",
    }
    details = [{"issue": issue, "description": f"About {issue}."}]
    body = {"name": names[status], "details": details, "debug_id": "f1e2d3c4b5a69"}
    return Refused(Answer(status, body))


class PayPalState(HttpDouble):
    def __init__(self) -> None:
        self.clock = DoubleClock()
        self.events: list[Json] = []
        self.forbidden: set[str] = set()
        self.violations: list[str] = []
        self.tokens: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self._replies: dict[tuple[str, str], tuple[datetime, Answer]] = {}
        super().__init__(spared=[TOKEN_PATH])

    def number(self, width: int = 8) -> str:
        return f"{next(self._numbers):0{width}d}"

    def stamp(self) -> str:
        return rfc3339(self.clock.now())

    def token(self, call: Call) -> Answer:
        given = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {given}":
            return Answer(401, {"error": "invalid_client", "error_description": "unknown client"})
        assert call.body == b"grant_type=client_credentials"
        token = f"A21AA{self.number()}"
        self.tokens[token] = self.clock.now() + _TOKEN_LIFETIME
        lifetime = int(_TOKEN_LIFETIME.total_seconds())
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": lifetime})

    def authorize(self, call: Call) -> None:
        if call.path == TOKEN_PATH or call.path.startswith(CERTIFICATES):
            return
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, self.clock.now()) <= self.clock.now():
            body = {"error": "invalid_token", "error_description": "Token signature invalid"}
            raise Refused(Answer(401, body))
        if call.path in self.forbidden:
            raise refused(403, "NOT_AUTHORIZED")
        if problem := violation(call):
            self.violations.append(f"{call.method} {call.path}: {problem}")
            raise refused(400, "INVALID_REQUEST")

    def once(self, handler: Handler, kept: timedelta = timedelta(hours=72)) -> Handler:
        """The endpoint honours `PayPal-Request-Id` for that long."""

        def remembered(call: Call, *arguments: str) -> Answer:
            key = (call.path, call.headers.get("paypal-request-id", ""))
            at, answer = self._replies.get(key, (self.clock.now() - kept, Answer()))
            if key[1] and self.clock.now() - at < kept:
                return Answer(200, answer.body)
            answer = handler(call, *arguments)
            self._replies[key] = (self.clock.now(), answer)
            return answer

        return remembered

    def event(self, event_type: str, resource: Json) -> None:
        self.events.append(
            {
                "id": f"WH-{self.number(17)}",
                "event_version": "1.0",
                "create_time": self.stamp(),
                "resource_type": event_type.split(".")[-2].lower(),
                "event_type": event_type,
                "summary": event_type.replace(".", " ").lower(),
                "resource": dict(resource),
            }
        )


def checked_money(amount: Any) -> Json:
    """As PayPal checks an amount: a string, decimals by currency, a currency it knows."""
    assert isinstance(amount, dict)
    assert isinstance(amount["value"], str)
    if amount["currency_code"] not in _CURRENCIES:
        raise refused(422, "CURRENCY_NOT_SUPPORTED")
    decimals = len(amount["value"].partition(".")[2])
    if decimals > (0 if amount["currency_code"] in _WHOLE else 2):
        raise refused(422, "DECIMAL_PRECISION")
    return {"currency_code": amount["currency_code"], "value": amount["value"]}


def checked_text(body: Json, name: str, limit: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= limit:
        raise refused(400, "INVALID_STRING_LENGTH")
    return value
