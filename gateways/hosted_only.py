"""What a gateway answers that takes payments on its own pages only and changes no plan in place."""
# ruff: noqa: ARG002 - the port's signatures, of which such a gateway has no use.

from __future__ import annotations

from typing import ClassVar, NoReturn

from gateways.port import (
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    NeedsCheckout,
    Swapped,
    SwapTiming,
)
from kernel.money import Money


class HostedOnly:
    """The port's methods behind capabilities that are all off."""

    name: ClassVar[str]

    def resume(self, command_id: str, ref: str) -> None:
        self._unsupported("resume")

    def swap(
        self, command_id: str, ref: str, price_ref: str, timing: SwapTiming
    ) -> Swapped | NeedsCheckout:
        return NeedsCheckout()

    def preview_swap(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
        return None

    def portal_url(self, customer: str, return_url: str) -> str:
        self._unsupported("portal")

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        self._unsupported("saved_method_charge")

    def _unsupported(self, capability: str) -> NoReturn:
        raise CapabilityNotSupported(gateway=self.name, capability=capability)
