"""Changes of running subscriptions at Razorpay, and what its ways of paying refuse of them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.razorpay_state import RazorpayState, known, refused, shown

SUBSCRIPTION = "/v1/subscriptions/{}"


class RazorpayChanges(RazorpayState):
    def __init__(self) -> None:
        self.subscriptions: dict[str, Json] = {}
        self.offers: dict[str, Json] = {}
        # How everybody pays: `card`, `card_abroad`, `upi` or `emandate`.
        self.method = "card"
        super().__init__()

    def routes_of_changes(self) -> Iterable[Route]:
        yield route("PATCH", SUBSCRIPTION, self.edit_subscription)
        changes = f"{SUBSCRIPTION}/retrieve_scheduled_changes"
        yield route("GET", changes, self.show_scheduled_changes)
        cancel = f"{SUBSCRIPTION}/cancel_scheduled_changes"
        yield route("POST", cancel, self.cancel_scheduled_changes)
        yield route("DELETE", f"{SUBSCRIPTION}/{{}}", self.delete_offer)

    def edit_subscription(self, call: Call, ref: str) -> Answer:
        subscription, sent = known(self.subscriptions, ref, "sub"), dict(call.json)
        assert sent.pop("schedule_change_at") == "cycle_end"
        self._check_edit(subscription, sent)
        if subscription["has_scheduled_changes"]:
            raise refused("Another update of this subscription is scheduled.")
        self._schedule(subscription, sent)
        return Answer(200, shown(subscription))

    def _check_edit(self, subscription: Json, sent: Json) -> None:
        if subscription["status"] not in ("authenticated", "active"):
            raise refused(f"Subscription is not updatable in {subscription['status']} status.")
        method = self.method_of(subscription)
        if "card" not in method:
            raise refused(f"subscriptions cannot be updated when payment mode is {method}")
        if method != "card_abroad" and set(sent) != {"offer_id"}:
            raise refused("Only offers can be updated", field="offer_id")
        if "offer_id" in sent:
            known(self.offers, sent["offer_id"], "offer")
        lower = sent.get("quantity", subscription["quantity"]) < subscription["quantity"]
        if lower and subscription["offer_id"]:
            raise refused("A subscription with an offer can not be downgraded.")

    def method_of(self, subscription: Json) -> str:
        method = str(subscription["payment_method"])
        return self.method if method == "card" else method

    def show_scheduled_changes(self, call: Call, ref: str) -> Answer:
        subscription = self._with_scheduled(ref)
        return Answer(200, shown({**subscription, **subscription["_scheduled"]}))

    def cancel_scheduled_changes(self, call: Call, ref: str) -> Answer:
        subscription = self._with_scheduled(ref)
        self._unschedule(subscription)
        return Answer(200, shown(subscription))

    def delete_offer(self, call: Call, ref: str, offer: str) -> Answer:
        subscription = known(self.subscriptions, ref, "sub")
        if subscription["offer_id"] != offer:
            raise refused("The offer is not linked to the subscription.")
        subscription["offer_id"] = None
        self.event("subscription.updated", subscription=subscription)
        return Answer(200, shown(subscription))

    def schedule_change(self, ref: str, plan: str) -> None:
        """Somebody plans another price in the dashboard."""
        self._schedule(self.subscriptions[ref], {"plan_id": plan})

    def apply_scheduled(self, ref: str) -> None:
        """A cycle begins."""
        subscription = self.subscriptions[ref]
        subscription |= subscription["_scheduled"]
        self._unschedule(subscription)

    def _schedule(self, subscription: Json, change: Json) -> None:
        subscription |= {"has_scheduled_changes": True, "_scheduled": change}
        subscription["change_scheduled_at"] = subscription["current_end"]
        self.event("subscription.updated", subscription=subscription)

    def _unschedule(self, subscription: Json) -> None:
        subscription |= {"has_scheduled_changes": False, "_scheduled": {}}
        subscription["change_scheduled_at"] = None

    def _with_scheduled(self, ref: str) -> Json:
        subscription = known(self.subscriptions, ref, "sub")
        if not subscription["has_scheduled_changes"]:
            raise refused("No pending update found for this subscription")
        return subscription
