"""Who pays: kept sealed, forgotten with the workspace, and given to the gateway."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.sandbox.simulation.records import Customer
from tests.support.answers import code
from tests.support.billing_service import CAUSE, OWNER, BillingService
from tests.support.billing_steps import paypal
from tests.support.sandbox_driver import SandboxDriver

URL = "/v1/billing/workspaces/acme/billing-profile"
ACME = {
    "name": "Acme GmbH",
    "address": {"country": "DE", "line1": "Invalidenstr. 116", "city": "Berlin"},
    "tax_ids": [{"type": "eu_vat", "value": "DE 136 695 976"}],
    "email": "billing@acme.test",
}


def said(billing: BillingService, **changed: Any) -> Any:
    return billing.client.put(URL, json={**ACME, **changed}, headers=OWNER)


def at_gateway(billing: BillingService) -> Any:
    driver = billing.driver
    assert isinstance(driver, SandboxDriver)
    with driver.state.transaction() as ledger:
        [customer] = ledger.every(Customer)
    return customer.payer


class TestProfile:
    def test_is_kept_sealed_and_shown_again(self, billing: BillingService) -> None:
        answer = said(billing)
        assert answer.status_code == 200, answer.text
        assert answer.json()["tax_ids"] == [{"type": "eu_vat", "value": "DE136695976"}]
        assert billing.client.get(URL, headers=OWNER).json() == answer.json()
        assert said(billing).json() == answer.json()
        assert billing.count("BillingProfileChanged") == 1
        [told] = [each for each in billing.published() if "BillingProfile" in each.type]
        assert "Acme" not in str(told.data)
        billing.billing.erase_workspace("acme", CAUSE)
        assert billing.client.get(URL, headers=OWNER).json()["name"] == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"tax_ids": [{"type": "eu_vat", "value": "DE123456789"}]},
            {"tax_ids": [{"type": "in_gst", "value": "1"}]},
            {"tax_ids": [{"type": "mars_vat", "value": "1"}]},
            {"address": {"country": "Germany"}},
            {"email": "nobody"},
            {"name": "a\nb"},
        ],
    )
    def test_is_in_a_form_that_there_is(self, billing: BillingService, wrong: Any) -> None:
        assert code(said(billing, **wrong)) == (422, "validation_failed")

    def test_that_is_wrong_names_the_field(self, billing: BillingService) -> None:
        wrong = [*ACME["tax_ids"], {"type": "in_gst", "value": "1"}]
        [field] = said(billing, tax_ids=wrong).json()["error"]["details"]["fields"]
        assert field["field"] == "body.tax_ids.1.value"

    def test_is_told_at_the_checkout_and_whenever_it_changes(self, billing: BillingService) -> None:
        said(billing)
        billing.subscribe()
        seen = at_gateway(billing)
        assert (seen.name, seen.address.country) == ("Acme GmbH", "DE")
        said(billing, name="Acme AG", tax_ids=[])
        assert (at_gateway(billing).name, at_gateway(billing).tax_ids) == ("Acme AG", ())

    @paypal
    def test_is_kept_where_the_gateway_shows_none(self, billing: BillingService) -> None:
        said(billing)
        billing.subscribe()
        assert said(billing, name="Acme AG").status_code == 200
