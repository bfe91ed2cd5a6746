"""A pause, which is all that every payment method of Razorpay allows."""
# ruff: noqa: ARG002 - the port's signatures.

from __future__ import annotations

from datetime import datetime

from gateways.port import CapabilityNotSupported, Coupon, GatewayRejected, SwapOutcome
from gateways.port.adjustments import Ability
from gateways.port.offerings import RAZORPAY
from gateways.razorpay.client import RazorpayClient, send
from kernel.money import Money


class Adjustments:
    def __init__(self, client: RazorpayClient) -> None:
        self._client = client

    def set_quantity(self, command_id: str, ref: str, quantity: int) -> SwapOutcome:
        raise _refusal("quantity_change")

    def preview_quantity(self, ref: str, quantity: int) -> Money | None:
        return None

    def pause(self, command_id: str, ref: str, resumes_at: datetime | None) -> None:
        """Only an active one; one whose trial runs would be cancelled."""
        if resumes_at is not None:
            raise _refusal("pause_until")
        subscription = self._client.sdk.subscription
        status = self._status(ref)
        if status == "paused":
            return
        if status != "active":
            raise GatewayRejected("Only an active subscription can be paused.", gateway="razorpay")
        send(subscription.pause, ref, {"pause_at": "now"})

    def unpause(self, command_id: str, ref: str) -> None:
        """What its payer paused, the payer alone resumes."""
        found = send(self._client.sdk.subscription.fetch, ref)
        if found.get("status") == "active":
            return
        if found.get("pause_initiated_by") == "customer":
            reason = "Its payer paused it, and alone resumes it: in the app of the mandate."
            raise CapabilityNotSupported(gateway="razorpay", capability="pause", reason=reason)
        send(self._client.sdk.subscription.resume, ref, {"resume_at": "now"})

    def give_discount(self, command_id: str, ref: str, coupon: Coupon) -> None:
        raise _refusal("discount_change")

    def end_discounts(self, command_id: str, ref: str) -> None:
        raise _refusal("discount_change")

    def end_trial(self, command_id: str, ref: str, ends_at: datetime | None) -> SwapOutcome:
        raise _refusal("trial_change")

    def _status(self, ref: str) -> str:
        return str(send(self._client.sdk.subscription.fetch, ref).get("status"))


def _refusal(ability: Ability) -> CapabilityNotSupported:
    return CapabilityNotSupported(
        gateway="razorpay", capability=ability, reason=RAZORPAY[ability].reason
    )
