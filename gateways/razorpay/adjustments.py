"""What can be changed of a running subscription: a pause by every way of paying, an offer by cards,
the quantity by cards issued abroad."""
# ruff: noqa: ARG002 - the port's signatures.

from __future__ import annotations

from datetime import datetime

from gateways.port import (
    CapabilityNotSupported,
    ChangedByHand,
    Coupon,
    GatewayRejected,
    SwapOutcome,
    Swapped,
)
from gateways.port.adjustments import Ability
from gateways.port.offerings import RAZORPAY, RAZORPAY_COUPONS
from gateways.razorpay.client import Json, RazorpayClient, send, text
from gateways.razorpay.payment_methods import PaymentMethods
from gateways.razorpay.timestamps import to_datetime
from kernel.money import Money

_NAME = "razorpay"
_PLANNED = ("quantity", "offer_id")


class Adjustments:
    def __init__(self, client: RazorpayClient) -> None:
        self._client = client
        self._methods = PaymentMethods(client)

    def set_quantity(self, command_id: str, ref: str, quantity: int) -> SwapOutcome:
        """From the next cycle on. Less is refused while an offer is linked."""
        found = self._changeable("quantity_change", ref)
        if found.get("offer_id") and quantity < found["quantity"]:
            raise _refusal("quantity_change", RAZORPAY_COUPONS.lowering)
        self._plan(found, quantity=quantity)
        end = to_datetime(found.get("current_end"))
        return Swapped(end or self._client.clock())

    def preview_quantity(self, ref: str, quantity: int) -> Money | None:
        """Nothing is prorated at the end of a cycle."""
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
        """From the next cycle on."""
        if reason := RAZORPAY_COUPONS.refusal(coupon):
            raise _refusal("discount_change", reason)
        self._plan(self._changeable("discount_change", ref), offer_id=coupon.offer)

    def end_discounts(self, command_id: str, ref: str) -> None:
        found = self._changeable("discount_change", ref)
        if found.get("offer_id"):
            send(self._client.sdk.subscription.delete_offer, ref, found["offer_id"])

    def end_trial(self, command_id: str, ref: str, ends_at: datetime | None) -> SwapOutcome:
        raise _refusal("trial_change")

    def _changeable(self, ability: Ability, ref: str) -> Json:
        found = send(self._client.sdk.subscription.fetch, ref)
        if not RAZORPAY[ability].allows(self._methods.of(found)):
            raise _refusal(ability)
        return found

    def _plan(self, found: Json, **change: object) -> None:
        """With what else of ours waits for the end of the cycle. Raises ChangedByHand."""
        subscription, ref = self._client.sdk.subscription, text(found, "id")
        planned = found
        if found.get("has_scheduled_changes"):
            planned = send(subscription.pending_update, ref)
            if planned.get("plan_id") != found.get("plan_id"):
                raise ChangedByHand(gateway=_NAME)
        wished = {name: change.get(name, planned.get(name)) for name in _PLANNED}
        if all(planned.get(name) == value for name, value in wished.items()):
            return
        if planned is not found:
            send(subscription.cancel_scheduled_changes, ref)
        body = {name: value for name, value in wished.items() if value != found.get(name)}
        if body:
            send(subscription.edit, ref, {**body, "schedule_change_at": "cycle_end"})

    def _status(self, ref: str) -> str:
        return str(send(self._client.sdk.subscription.fetch, ref).get("status"))


def _refusal(ability: Ability, reason: str = "") -> CapabilityNotSupported:
    why = reason or RAZORPAY[ability].reason
    return CapabilityNotSupported(gateway=_NAME, capability=ability, reason=why)
