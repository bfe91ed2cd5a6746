"""Who pays, as Stripe's invoices name them, and Stripe Tax."""

from __future__ import annotations

from dataclasses import replace

from gateways.port.payers import Address, PayerDetails, TaxId
from gateways.stripe import build
from tests.support.gateway_steps import checkout_request, synced
from tests.support.stripe_driver import SECRET, StripeDriver, stripe_client

ACME = PayerDetails(
    name="Acme GmbH",
    address=Address(country="DE", city="Berlin"),
    tax_ids=(TaxId("eu_vat", "DE136695976"),),
)


def test_a_customer_is_described_before_the_page_opens(opened: StripeDriver) -> None:
    request = checkout_request(synced(opened).price)
    opened.gateway.checkouts.start(replace(request, payer=ACME))
    [customer] = opened.store.every("customer")
    assert (customer["name"], customer["address"]["country"]) == ("Acme GmbH", "DE")
    moved = replace(ACME, name="Acme AG", tax_ids=(TaxId("eu_vat", "FR23334175221"),))
    for _ in range(2):
        opened.gateway.subscriptions.describe_payer(customer["id"], moved)
    [tax_id] = opened.store.every("tax_id")
    assert (customer["name"], tax_id["value"]) == ("Acme AG", "FR23334175221")


def test_taxes_are_computed_where_that_is_wanted(opened: StripeDriver) -> None:
    taxed = build(stripe_client(opened.double), [SECRET], taxes=True)
    ref = taxed.checkouts.start(checkout_request(synced(opened).price)).ref
    session = opened.store.get(ref)
    assert session["automatic_tax"]["enabled"] is True
    assert session["billing_address_collection"] == "required"
