"""Who pays, as the owner says it on the page."""

from __future__ import annotations

import re

from tests.pages.conftest import Visits
from workspace_billing import Billing

PAGE = "/app/billing/profile"


def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    billing: Billing, workspace: str, visits: Visits
) -> None:
    typed = {"name": "Acme GmbH", "city": "Köln", "tax_type_0": "eu_vat", "tax_value_0": "DE1"}
    with visits.member(workspace, "owner") as owner:
        token = owner.get(PAGE).text.partition('form_token" value="')[2][:64]
        refused = owner.post(PAGE, data={**typed, "form_token": token})
        assert refused.status_code == 422
        marked = re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', refused.text)
        assert marked == ["country"]
        assert 'value="Köln"' in refused.text
        assert billing.api.get_billing_profile(workspace).name == ""
        typed |= {"country": "DE", "form_token": token}
        refused = owner.post(PAGE, data=typed)
        marked = re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', refused.text)
        assert marked == ["tax_value_0"]
        saved = owner.post(PAGE, data={**typed, "tax_value_0": "DE 136 695 976"})
        assert saved.headers["location"] == "/app/billing?done=saved"
        assert 'value="DE136695976"' in owner.get(PAGE).text
    profile = billing.api.get_billing_profile(workspace)
    assert profile.address
    assert (profile.address.city, profile.address.country) == ("Köln", "DE")
