"""Our references inside PayPal's one free field: `command|workspace|replaces`, percent-encoded,
and `|listed` where less is charged."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from gateways.port import GatewayRejected

LIMIT = 127


@dataclass(frozen=True, slots=True)
class OurReference:
    """All empty for an object that was not made by us. `listed`: what a unit costs without the
    discount that it was sold with, in minor units."""

    command_id: str = ""
    workspace_id: str = ""
    replaces: str | None = None
    listed: int | None = None

    def packed(self) -> str:
        """GatewayRejected beyond PayPal's 127 characters: a cut reference would name another
        workspace, or none, and its payment would be taken for an orphan."""
        listed = (str(self.listed),) if self.listed is not None else ()
        parts = (self.command_id, self.workspace_id, self.replaces or "", *listed)
        text = "|".join(quote(part, safe=":,;@ ") for part in parts)
        if len(text) > LIMIT:
            raise GatewayRejected(
                f"command, workspace and replaced subscription exceed PayPal's {LIMIT} characters",
                gateway="paypal",
                issue="CUSTOM_ID_TOO_LONG",
            )
        return text

    @classmethod
    def unpacked(cls, text: str | None) -> OurReference:
        parts = (text or "").split("|")
        if len(parts) not in (3, 4):
            return cls()
        command_id, workspace_id, replaces = (unquote(part) for part in parts[:3])
        listed = int(parts[3]) if len(parts) == 4 and parts[3].isdecimal() else None
        return cls(command_id, workspace_id, replaces or None, listed)
