"""What a page says was done: only what was, once, to who did it."""

from __future__ import annotations

from tests.pages.conftest import Visits

DONE = "The refund is on its way."
REFUSED = "Something in the form is not valid."


class TestALink:
    def test_makes_no_page_say_that_anything_was_done_or_refused(self, visits: Visits) -> None:
        with visits.staff("support") as support:
            for query in ("done=refunded", "refused=validation_failed", "refused=made_up"):
                page = support.get(f"/admin/workspaces?{query}").text
                assert DONE not in page
                assert 'class="notice"' not in page
                assert 'class="error"' not in page

    def test_does_not_borrow_what_another_form_led_to(self, visits: Visits, workspace: str) -> None:
        with visits.member(workspace, "owner") as owner:
            token = owner.get("/app/billing").text.partition('form_token" value="')[2][:64]
            owner.post("/app/billing/reconcile", data={"form_token": token})
            assert "Your plan was changed" not in owner.get("/app/billing?done=changed").text


class TestAForm:
    def test_is_answered_once(self, visits: Visits, workspace: str) -> None:
        with visits.member(workspace, "owner") as owner:
            token = owner.get("/app/billing").text.partition('form_token" value="')[2][:64]
            answer = owner.post(
                "/app/billing/quantity", data={"form_token": token, "quantity": "x"}
            )
            there = answer.headers["location"]
            assert REFUSED in owner.get(there).text
            assert REFUSED not in owner.get(there).text
