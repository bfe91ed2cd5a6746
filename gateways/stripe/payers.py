"""What the invoices of a customer say of who pays."""

from __future__ import annotations

from contextlib import suppress

import stripe

from gateways.port.payers import Address, PayerDetails
from gateways.stripe.client import StripeClient


class Payers:
    """Errors of the SDK come out as they are. Saying the same again changes nothing."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api

    def describe(self, customer: str, payer: PayerDetails) -> None:
        """Stripe verifies tax ids by itself, later, and shows how that went on its invoices."""
        change: stripe.params.CustomerUpdateParams = {
            "name": payer.name,
            "address": _address(payer.address) if payer.address is not None else "",
        }
        if payer.email:
            change["email"] = payer.email
        self._api.customers.update(customer, change)
        self._tax_ids(customer, payer)

    def _tax_ids(self, customer: str, payer: PayerDetails) -> None:
        """The new ones come first: an invoice in between has too many rather than none."""
        known = self._api.customers.tax_ids.list(customer, {"limit": 100}).data
        had = {(each.type, each.value) for each in known}
        wanted = {(each.type, each.value) for each in payer.tax_ids}
        for kind, value in sorted(wanted - had):
            params = {"type": kind, "value": value}
            self._api.customers.tax_ids.create(customer, params)  # type: ignore[arg-type]
        for each in known:
            if (each.type, each.value) not in wanted:
                with suppress(stripe.InvalidRequestError):
                    self._api.customers.tax_ids.delete(customer, each.id)


def _address(address: Address) -> stripe.params.CustomerUpdateParamsAddress:
    return {
        "country": address.country,
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "postal_code": address.postal_code,
        "state": address.state,
    }
