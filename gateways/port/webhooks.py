"""What a gateway notifies us of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol

from kernel.clock import rfc3339
from kernel.text import is_line

UNREADABLE = "unreadable"
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """A webhook whose signature held. A *hint*: fetch what it names, believe that.

    `id` is the gateway's event id, the key of deduplication; where the gateway does not sign that
    id, `digest` names the signed body, which is one too. References are empty when not named.
    """

    id: str
    type: str
    occurred_at: datetime
    subscription: str = ""
    checkout: str = ""
    charge: str = ""
    customer: str = ""
    invoice: str = ""
    workspace_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


class Webhooks(Protocol):
    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        """Checks the raw bytes against every accepted secret; header names are lower case.
        Raises InvalidSignature for what is not authentic. What is, is an event, understood or
        not: see `read_event`."""
        ...


def digest_of(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def read_event(raw: bytes, now: datetime, read: Callable[[bytes], VerifiedEvent]) -> VerifiedEvent:
    """Of an authentic body. One that can't be read, or that names what can't be stored, is of the
    type `UNREADABLE` and names nothing: it is kept for people, because a gateway that is refused
    stops notifying us of anything."""
    try:
        event = read(raw)
        _check(event)
    except Exception:
        digest = digest_of(raw)
        return VerifiedEvent(id=digest, type=UNREADABLE, occurred_at=now, digest=digest)
    return event


def _check(event: VerifiedEvent) -> None:
    rfc3339(event.occurred_at)
    for each in fields(event):
        value = getattr(event, each.name)
        if each.name in ("payload", "occurred_at"):
            continue
        if not isinstance(value, str) or len(value) > LONGEST_NAME or not is_line(value):
            raise ValueError(f"{each.name} can't be stored")
    if not event.id or not event.type:
        raise ValueError("it has no name")
