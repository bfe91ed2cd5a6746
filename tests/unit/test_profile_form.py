"""The form of who pays."""

from __future__ import annotations

from typing import Any

from pages.views.profile import filled, said, wrong_fields
from workspace_billing import models

ACME = {
    "name": "Acme GmbH",
    "email": "billing@acme.test",
    "address": {
        "country": "DE",
        "line1": "Invalidenstr. 116",
        "line2": "",
        "city": "Berlin",
        "postal_code": "10115",
        "state": "",
    },
    "tax_ids": [{"type": "eu_vat", "value": "DE136695976"}, {"type": "us_ein", "value": "1"}],
}


class TestTheForm:
    def test_says_what_it_was_filled_with(self) -> None:
        assert said(filled(models.BillingProfile.model_validate(ACME))) == ACME

    def test_that_is_empty_says_nothing(self) -> None:
        nobody: dict[str, Any] = {"name": "", "email": None, "address": None, "tax_ids": []}
        assert said({}) == nobody
        assert said(filled(models.BillingProfile.model_validate(nobody))) == nobody

    def test_leaves_out_a_number_that_was_emptied(self) -> None:
        fields = {"tax_type_0": "eu_vat", "tax_value_0": "", "tax_type_1": "in_gst"}
        assert said({**fields, "tax_value_1": "x"})["tax_ids"] == [{"type": "in_gst", "value": "x"}]

    def test_marks_the_fields_that_the_api_named(self) -> None:
        named = ["body.address.country", "body.email", "body.tax_ids.1.value", "query.after"]
        assert wrong_fields(named) == {"country", "email", "tax_value_1"}
