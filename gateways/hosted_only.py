"""What a gateway answers that takes payments on its own pages only and changes no plan in place."""
# ruff: noqa: ARG002 - the port's signatures, of which such a gateway has no use.

from __future__ import annotations

from typing import ClassVar, Literal, NoReturn

from gateways.port import (
    Capabilities,
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    NeedsCheckout,
    Swapped,
    SwapTiming,
)
from kernel.money import Money


def hosted_only(
    *, cancels: Literal["period_end", "immediately"], archive_price: bool
) -> Capabilities:
    """Of a `HostedOnly` gateway: two differ, what it lacks is the same."""
    return Capabilities(
        cancels=cancels,
        archive_price=archive_price,
        resume=False,
        swap_in_place=False,
        saved_method_charge=False,
        portal=False,
        proration_preview=False,
    )


class HostedOnly:
    """The port's methods behind the capabilities that are off."""

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
