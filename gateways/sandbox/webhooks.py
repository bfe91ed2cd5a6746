"""Reading the sandbox's own webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from gateways.port import VerifiedEvent
from gateways.sandbox import signatures


class References(msgspec.Struct, frozen=True, kw_only=True):
    subscription: str = ""
    checkout: str = ""
    charge: str = ""
    customer: str = ""
    workspace_id: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`created` in Unix seconds of the sandbox's time."""

    id: str
    type: str
    created: int
    data: References


_read = msgspec.json.Decoder(Event).decode


def verified(
    raw: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime
) -> VerifiedEvent:
    signatures.check(raw, headers.get(signatures.HEADER, ""), secrets, now)
    event = _read(raw)
    return VerifiedEvent(
        id=event.id,
        type=event.type,
        occurred_at=datetime.fromtimestamp(event.created, UTC),
        payload=msgspec.json.decode(raw),
        **msgspec.structs.asdict(event.data),
    )
