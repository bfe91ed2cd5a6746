"""What all of Razorpay's resources share: keys, lists, notes, errors, events, time."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable
from typing import Any

from tests.support.double_clock import DoubleClock
from tests.support.http_double import Answer, Call, HttpDouble, Json, Refused
from tests.support.razorpay_documents import violation

KEY_ID = "rzp_test_1DP5mmOlF5G5ag"
KEY_SECRET = "razorpay-key-secret"


def refused(description: str, **fields: str) -> Refused:
    """Razorpay answers 400 for nearly everything, unknown ids included."""
    error = {"code": "BAD_REQUEST_ERROR", "description": description, **fields}
    return Refused(Answer(400, {"error": error}))


class RazorpayState(HttpDouble):
    def __init__(self) -> None:
        self.clock = DoubleClock()
        self.events: list[Json] = []
        self.violations: list[str] = []
        self._numbers = itertools.count(1)
        super().__init__()

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):014d}"

    def seconds(self) -> int:
        return int(self.clock.now().timestamp())

    def authorize(self, call: Call) -> None:
        expected = base64.b64encode(f"{KEY_ID}:{KEY_SECRET}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {expected}":
            error = {"code": "BAD_REQUEST_ERROR", "description": "Authentication failed"}
            raise Refused(Answer(401, {"error": error}))
        if unknown := violation(call):
            self.violations.append(f"{call.method} {call.path}: {unknown}")
            raise refused(f"{unknown} is/are not required and should not be sent")

    def event(self, event_type: str, **entities: Json) -> None:
        payload = {name: {"entity": shown(entity)} for name, entity in entities.items()}
        self.events.append(
            {
                "entity": "event",
                "account_id": "acc_BFQ7uQEaa7j2z7",
                "event": event_type,
                "contains": list(entities),
                "payload": payload,
                "created_at": self.seconds(),
            }
        )


def shown(entity: Json) -> Json:
    """Without what the double remembers for itself."""
    return {name: value for name, value in entity.items() if not name.startswith("_")}


def collection(entities: Iterable[Json], call: Call) -> Answer:
    """A page, newest first."""
    count, skip = int(call.query.get("count", "10")), int(call.query.get("skip", "0"))
    assert 1 <= count <= 100
    newest = list(entities)[::-1]
    items = [shown(entity) for entity in newest[skip : skip + count]]
    return Answer(200, {"entity": "collection", "count": len(items), "items": items})


def known(things: dict[str, Json], ref: str, prefix: str) -> Json:
    if not ref.startswith(f"{prefix}_") or len(ref) != len(prefix) + 15:
        raise refused(f"{ref} is not a valid id")
    if ref not in things:
        raise refused("The id provided does not exist")
    return things[ref]


def checked_notes(notes: Any) -> Json:
    assert isinstance(notes, dict)
    if len(notes) > 15:
        raise refused("The notes may not contain more than 15 items.", field="notes")
    if any(len(str(value)) > 256 for value in notes.values()):
        raise refused("A note may not be greater than 256 characters.", field="notes")
    return dict(notes)


def checked_amount(amount: Any) -> int:
    if not isinstance(amount, int) or amount < 1:
        raise refused("The amount must be an integer.", field="amount")
    return amount
