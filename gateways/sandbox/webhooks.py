"""Reading the sandbox's own webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from gateways.port import VerifiedEvent, read_event
from gateways.sandbox.simulation import signatures
from gateways.sandbox.simulation.state import SandboxState


class References(msgspec.Struct, frozen=True, kw_only=True):
    subscription: str = ""
    checkout: str = ""
    charge: str = ""
    customer: str = ""
    invoice: str = ""
    workspace_id: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`created` in Unix seconds of the sandbox's time."""

    id: str
    type: str
    created: int
    data: References


_read = msgspec.json.Decoder(Event).decode


class Webhooks:
    """Of several secrets the first signs and each is accepted."""

    def __init__(self, secrets: Sequence[str], state: SandboxState) -> None:
        if not secrets or not all(secrets):
            raise ValueError("the sandbox needs a webhook secret")
        self._secrets = secrets
        self._state = state

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        given = headers.get(signatures.HEADER, "")
        now = self._state.machine_time()
        signatures.check(raw, given, self._secrets, now)
        return read_event(raw, now, _event)


def _event(raw: bytes) -> VerifiedEvent:
    event = _read(raw)
    return VerifiedEvent(
        id=event.id,
        type=event.type,
        occurred_at=datetime.fromtimestamp(event.created, UTC),
        payload=msgspec.json.decode(raw),
        **msgspec.structs.asdict(event.data),
    )
