"""What a business had at the sandbox before it came here."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from gateways.port import CustomerRecord, PriceRecord
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Customer, Price, Product, Subscription


class Holdings:
    """Prices are never marked: each subscription has one of ours."""

    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def customers(self) -> Iterator[CustomerRecord]:
        known = self._client.call(lambda ledger: list(ledger.every(Customer)))
        return (CustomerRecord(each.id, {"workspace_id": each.workspace_id}) for each in known)

    def price(self, ref: str) -> PriceRecord:
        return self._client.call(lambda ledger: _price(ledger, ref))

    def mark_price(self, ref: str, plan: str) -> None:
        """Nothing to do."""

    def mark_subscription(self, ref: str, workspace: str) -> None:
        def mark(ledger: Ledger) -> None:
            found = ledger.get(Subscription, ref)
            ledger.put(replace(found, workspace_id=workspace))

        self._client.call(mark)


def _price(ledger: Ledger, ref: str) -> PriceRecord:
    price = ledger.get(Price, ref)
    product = ledger.get(Product, price.product)
    return PriceRecord(
        price.id, product.id, product.name, price.amount, price.interval, plan=product.slug
    )
