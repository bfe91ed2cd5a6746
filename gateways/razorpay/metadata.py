"""Our references in Razorpay's `notes`: at most 15 pairs, values of at most 256 characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateways.port import GatewayRejected

_VALUE = 256
_URL_PARTS = 5


@dataclass(frozen=True, slots=True)
class OurNotes:
    """All empty for an object that was not made by us. The addresses are those of a checkout, whose
    page is ours and keeps no state of its own."""

    command_id: str = ""
    workspace_id: str = ""
    replaces: str | None = None
    success_url: str = ""
    cancel_url: str = ""

    def packed(self) -> dict[str, str]:
        notes = {"command_id": self.command_id, "workspace_id": self.workspace_id}
        if self.replaces:
            notes["replaces"] = self.replaces
        notes |= _split("success_url", self.success_url)
        notes |= _split("cancel_url", self.cancel_url)
        return notes

    @classmethod
    def unpacked(cls, notes: object) -> OurNotes:
        """Razorpay gives an empty list for an object without notes."""
        if not isinstance(notes, Mapping):
            return cls()
        return cls(
            command_id=_text(notes.get("command_id")),
            workspace_id=_text(notes.get("workspace_id")),
            replaces=_text(notes.get("replaces")) or None,
            success_url=_joined("success_url", notes),
            cancel_url=_joined("cancel_url", notes),
        )


def _split(name: str, url: str) -> dict[str, str]:
    if len(url) > _VALUE * _URL_PARTS:
        raise GatewayRejected(
            f"{name} is longer than {_VALUE * _URL_PARTS} characters",
            gateway="razorpay",
            issue="URL_TOO_LONG",
        )
    pieces = [url[start : start + _VALUE] for start in range(0, len(url), _VALUE)]
    return {f"{name}_{number}": piece for number, piece in enumerate(pieces)}


def _joined(name: str, notes: Mapping[Any, Any]) -> str:
    return "".join(_text(notes.get(f"{name}_{number}")) for number in range(_URL_PARTS))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
