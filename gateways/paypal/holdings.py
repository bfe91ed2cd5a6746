"""What a business had at PayPal before it came here."""

from __future__ import annotations

from collections.abc import Iterator

from gateways.paypal.client import PayPalClient, text
from gateways.paypal.terms import terms_of
from gateways.port import CapabilityNotSupported, CustomerRecord, PriceRecord


class Holdings:
    """PayPal lists no customers, and a subscription's one free field can't be written later."""

    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def customers(self) -> Iterator[CustomerRecord]:
        return iter(())

    def price(self, ref: str) -> PriceRecord:
        plan = self._client.get(f"/v1/billing/plans/{ref}")
        terms = terms_of(plan)
        return PriceRecord(
            ref=text(plan, "id"),
            product_ref=str(plan.get("product_id", "")),
            name=str(plan.get("name", "")),
            amount=terms.price if terms else None,
            interval=terms.interval if terms else None,
            interval_count=terms.interval_count if terms else 1,
        )

    def mark_price(self, ref: str, plan: str) -> None:
        raise CapabilityNotSupported(gateway="paypal", price=ref, plan=plan)

    def mark_subscription(self, ref: str, workspace: str) -> None:
        raise CapabilityNotSupported(gateway="paypal", subscription=ref, workspace=workspace)
