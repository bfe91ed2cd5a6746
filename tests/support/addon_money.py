"""What people and banks do with the money of add-ons at a gateway, and what its own books say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateways.port import Checkout
from tests.support.gateway_driver import GatewayDriver


@dataclass(frozen=True)
class Held:
    """Of one purchase. `sent_back`: what was refunded and came back to us. `dispute`: open, won or
    lost, None when nobody ever disputed it."""

    ref: str
    succeeded: bool
    amount: int
    refunded: int
    sent_back: int
    dispute: str | None


class AddonMoney(Protocol):
    """Whatever does not apply to a gateway changes nothing there. `saves_cards`: to be charged."""

    saves_cards: bool

    @property
    def driver(self) -> GatewayDriver: ...

    def held(self) -> Mapping[str, Held]:
        """By purchase: a gateway keeps one charge a command."""
        ...

    def answer_bank(self, *, succeed: bool) -> None: ...

    def pay(self, page: Checkout) -> None: ...

    def decline(self, page: Checkout) -> None: ...

    def refund_by_hand(self) -> None:
        """All that is left of everything, in the gateway's dashboard."""
        ...

    def fail_refunds(self) -> None:
        """The bank sends back what had succeeded."""
        ...

    def dispute(self) -> None: ...

    def close_disputes(self, *, won: bool) -> None: ...
