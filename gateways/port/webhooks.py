"""What a gateway notifies us of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """A webhook whose signature held. A *hint*: fetch what it names, believe that.

    `id` is the gateway's event id, the key of deduplication. References are empty when not named.
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


class Webhooks(Protocol):
    def verify(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        """Checks the raw bytes against every accepted secret; header names are lower case.
        Raises InvalidSignature."""
        ...
