"""A pause, which is all that PayPal leaves to change without its payer."""
# ruff: noqa: ARG002 - the port's signatures.

from __future__ import annotations

from datetime import datetime

from gateways.paypal.client import PayPalClient, issue_of
from gateways.paypal.snapshots import pause_note, subscription_paused
from gateways.paypal.subscription_resource import read_subscription
from gateways.port import CapabilityNotSupported, Coupon, GatewayRejected, SwapOutcome
from gateways.port.adjustments import Ability
from gateways.port.offerings import PAYPAL
from kernel.money import Money

_LIVING = frozenset({"ACTIVE", "SUSPENDED"})


class Adjustments:
    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def set_quantity(self, command_id: str, ref: str, quantity: int) -> SwapOutcome:
        raise _refusal("quantity_change")

    def preview_quantity(self, ref: str, quantity: int) -> Money | None:
        return None

    def pause(self, command_id: str, ref: str, resumes_at: datetime | None) -> None:
        """PayPal suspends for unpaid bills, too: the note, which it shows, tells which it is. It
        takes no end: whoever reads the note activates it then."""
        self._move(ref, "suspend", pause_note(resumes_at))

    def unpause(self, command_id: str, ref: str) -> None:
        self._move(ref, "activate", "Resumed by the customer")

    def give_discount(self, command_id: str, ref: str, coupon: Coupon) -> None:
        raise _refusal("discount_change")

    def end_discounts(self, command_id: str, ref: str) -> None:
        raise _refusal("discount_change")

    def end_trial(self, command_id: str, ref: str, ends_at: datetime | None) -> SwapOutcome:
        raise _refusal("trial_change")

    def _move(self, ref: str, step: str, reason: str) -> None:
        """PayPal takes no key for it, and refuses what has been done."""
        try:
            self._client.post(f"/v1/billing/subscriptions/{ref}/{step}", {"reason": reason})
        except GatewayRejected as rejected:
            if issue_of(rejected) != "SUBSCRIPTION_STATUS_INVALID":
                raise
            found = read_subscription(self._client, ref)
            is_paused = subscription_paused(found) is not None
            if is_paused != (step == "suspend") or found.get("status") not in _LIVING:
                raise


def _refusal(ability: Ability) -> CapabilityNotSupported:
    return CapabilityNotSupported(
        gateway="paypal", capability=ability, reason=PAYPAL[ability].reason
    )
