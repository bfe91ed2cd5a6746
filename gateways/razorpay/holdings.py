"""What a business had at Razorpay before it came here."""

from __future__ import annotations

from collections.abc import Iterator

from gateways.port import CapabilityNotSupported, CustomerRecord, Interval, PriceRecord
from gateways.razorpay.client import Json, RazorpayClient, every_item, send, text
from gateways.razorpay.money import from_razorpay

_INTERVALS: dict[str, Interval] = {"monthly": "month", "yearly": "year"}


class Holdings:
    """Notes of what exists can't be written."""

    def __init__(self, client: RazorpayClient) -> None:
        self._client = client

    def customers(self) -> Iterator[CustomerRecord]:
        for customer in every_item(self._client.sdk.customer.all, {}):
            yield CustomerRecord(text(customer, "id"), _notes(customer))

    def price(self, ref: str) -> PriceRecord:
        plan = send(self._client.sdk.plan.fetch, ref)
        item = plan.get("item", {})
        return PriceRecord(
            ref=text(plan, "id"),
            product_ref="",
            name=str(item.get("name", "")),
            amount=from_razorpay(item.get("amount"), item.get("currency")),
            interval=_INTERVALS.get(str(plan.get("period"))),
            interval_count=int(plan.get("interval") or 1),
            plan=_notes(plan).get("slug", ""),
        )

    def mark_price(self, ref: str, plan: str) -> None:
        raise CapabilityNotSupported(gateway="razorpay", price=ref, plan=plan)

    def mark_subscription(self, ref: str, workspace: str) -> None:
        raise CapabilityNotSupported(gateway="razorpay", subscription=ref, workspace=workspace)


def _notes(record: Json) -> dict[str, str]:
    """Without any, Razorpay answers an empty list."""
    notes = record.get("notes")
    return {str(name): str(each) for name, each in notes.items()} if isinstance(notes, dict) else {}
