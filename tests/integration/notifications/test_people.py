"""People get mail of what concerns them: once, in their language, and never of old history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import addons, billing, metering
from services.notifications.application.people.templates import TemplateProblem, Templates
from tests.support.billing_events import NOW, cancelled, plan, settings, subscribed, subscription
from tests.support.tokens import bearer
from tests.support.webhook_service import WebhookService

PREFERENCES = "/v1/notifications/workspaces/acme/preferences"
OWNER = bearer(acme="owner")


def failed() -> billing.PaymentFailed:
    return billing.PaymentFailed(workspace_id="acme", subscription=subscription("past_due"))


def recovered() -> billing.PaymentRecovered:
    return billing.PaymentRecovered(workspace_id="acme", subscription=subscription())


def reached(percent: Any = 80) -> metering.QuotaThresholdReached:
    return metering.QuotaThresholdReached(
        workspace_id="acme", metric="message", month="2026-11", percent=percent, used=8, limit=10
    )


def paid(email: str | None) -> addons.AddonPaid:
    purchase = addons.Purchase(
        purchase_id="pu_1",
        workspace_id="acme",
        addon="setup",
        addon_name="Set-up",
        price_cents=49_900,
        currency="EUR",
        status="paid",
        blocks=True,
        gateway="stripe",
        charge_ref="pi_1",
        confirmation_url=None,
        decline_code=None,
        refunded_cents=0,
        buyer="ann",
        buyer_email=email,
        buyer_name=None,
        started_at=NOW,
    )
    return addons.AddonPaid(workspace_id="acme", purchase=purchase)


def subjects(service: WebhookService) -> list[str]:
    return [mail.subject for mail in service.mails()]


class TestDunning:
    def test_reminds_while_access_lasts(self, acme: WebhookService) -> None:
        acme.applied(failed())
        sent: list[int] = []
        for day in range(22):
            sent += [day] * (len(acme.mails()) - len(sent))
            acme.later(days=1)
        assert sent == [0, 3, 7, 14, 20]
        first, *_, last = acme.mails()
        assert (first.to, first.subject) == ("money@acme.example", "Payment for pro failed")
        assert "29.00 USD" in first.text
        assert "until 2026-12-13" in first.text
        assert last.subject == "Last day of pro"

    def test_tells_of_the_payment_that_came(self, acme: WebhookService) -> None:
        acme.applied(failed())
        acme.mails()
        acme.applied(recovered())
        assert subjects(acme)[1:] == ["Payment for pro received"]
        acme.later(days=20)
        assert len(acme.mails()) == 2

    def test_begins_once_however_often_the_payment_fails(self, acme: WebhookService) -> None:
        acme.applied(failed(), failed())
        acme.later(days=1)
        acme.applied(failed())
        assert len(acme.mails()) == 1

    def test_is_over_with_the_subscription(self, acme: WebhookService) -> None:
        acme.applied(failed())
        acme.mails()
        acme.applied(cancelled())
        acme.later(days=5)
        assert subjects(acme) == ["Payment for pro failed"]

    def test_lasts_as_long_as_the_plan_says(self, acme: WebhookService) -> None:
        terms = plan("pro", messages=500).model_copy(update={"past_due_days": 5}).model_dump()
        acme.applied(billing.PlanLimitsChanged.model_validate(terms), failed())
        acme.later(days=4)
        acme.mails()
        acme.later(days=30)
        assert len(acme.mails()) <= 3

    def test_reminds_on_the_days_that_the_plan_says(self, acme: WebhookService) -> None:
        terms = plan("pro", messages=500).model_copy(update={"reminder_days": [1, 5]}).model_dump()
        acme.applied(billing.PlanLimitsChanged.model_validate(terms), failed())
        sent: list[int] = []
        for day in range(22):
            sent += [day] * (len(acme.mails()) - len(sent))
            acme.later(days=1)
        assert sent == [0, 1, 5, 20]

    def test_says_until_when_there_is_access_as_it_is_counted(self, acme: WebhookService) -> None:
        """From when the invoice was to be paid, not from when its payment failed."""
        owed = billing.OpenInvoice(
            invoice_ref="in_1",
            amount_cents=2900,
            currency="USD",
            due_at=NOW - timedelta(days=15),
            url=None,
        )
        late = subscription("past_due", open_invoice=owed)
        acme.applied(billing.PaymentFailed(workspace_id="acme", subscription=late))
        [first] = acme.mails()
        assert "until 2026-11-28" in first.text
        acme.later(days=3)
        acme.mails()
        acme.later(days=2)
        assert subjects(acme)[1:] == ["Payment for pro failed", "Last day of pro"]


class TestNotices:
    def test_come_once_however_often_an_event_does(self, acme: WebhookService) -> None:
        acme.applied(reached(), time=NOW)
        acme.billing_log -= 1
        acme.applied(reached(), time=NOW)
        assert subjects(acme) == ["80 % of this month's quota used"]

    def test_old_history_tells_nobody_anything(self, acme: WebhookService) -> None:
        past = NOW - timedelta(days=40)
        acme.applied(failed(), cancelled(), reached(100), paid(None), time=past)
        acme.later(days=30)
        assert acme.mails() == []

    def test_cancellation_says_until_when_it_can_be_used(self, acme: WebhookService) -> None:
        ends = NOW + timedelta(days=9)
        grace = subscription("grace", cancel_at=ends)
        acme.applied(
            billing.CancellationScheduled(workspace_id="acme", subscription=grace, cancel_at=ends)
        )
        assert subjects(acme) == ["pro ends on 2026-12-01"]

    def test_another_price_is_told_with_the_one_before(self, acme: WebhookService) -> None:
        dearer = subscription(price_cents=3900)
        acme.applied(billing.SubscriptionAmended(workspace_id="acme", subscription=dearer))
        [mail] = acme.mails()
        assert "39.00 USD" in mail.text
        assert "29.00 USD" in mail.text

    def test_the_end_of_a_trial_is_told_three_days_before(self, acme: WebhookService) -> None:
        trial = subscription("trialing", trial_ends_at=NOW + timedelta(days=10))
        acme.applied(billing.SubscriptionAmended(workspace_id="acme", subscription=trial))
        acme.later(days=6)
        assert acme.mails() == []
        acme.later(days=1)
        assert subjects(acme) == ["The trial of pro ends on 2026-12-02"]

    def test_a_trial_that_was_cancelled_is_not_reminded_of(self, acme: WebhookService) -> None:
        ends = NOW + timedelta(days=10)
        trial = subscription("trialing", trial_ends_at=ends)
        acme.applied(billing.SubscriptionAmended(workspace_id="acme", subscription=trial))
        acme.applied(cancelled())
        acme.mails()
        acme.later(days=8)
        assert subjects(acme) == ["pro has ended"]

    def test_a_yearly_renewal_is_told_two_weeks_ahead(self, acme: WebhookService) -> None:
        ends = NOW + timedelta(days=60)
        yearly = subscription(interval="year", period_end=ends)
        renewed = billing.SubscriptionRenewed(workspace_id="acme", subscription=yearly)
        acme.applied(renewed, renewed)
        acme.later(days=46)
        assert subjects(acme) == ["pro is renewed on 2027-01-21"]

    def test_a_renewal_that_is_nearer_is_told_at_once_and_once(self, acme: WebhookService) -> None:
        yearly = subscription(interval="year", period_end=NOW + timedelta(days=5))
        renewed = billing.SubscriptionRenewed(workspace_id="acme", subscription=yearly)
        acme.applied(renewed)
        assert subjects(acme) == ["pro is renewed on 2026-11-27"]
        acme.later(days=1)
        acme.applied(renewed)
        assert len(acme.mails()) == 1

    def test_a_receipt_goes_to_the_buyer_where_no_address_is_known(
        self, acme: WebhookService
    ) -> None:
        acme.applied(settings(None), paid(acme.vault.seal("acme", "ann@acme.example")))
        [mail] = acme.mails()
        assert mail.to == "ann@acme.example"
        assert "499.00 EUR" in mail.text

    def test_the_quota_of_a_meter_and_the_end_of_a_top_up_are_told(
        self, acme: WebhookService
    ) -> None:
        facts: dict[str, Any] = {"workspace_id": "acme", "meter": "tokens"}
        acme.applied(
            metering.MeterThresholdReached(
                **facts, month="2026-11", percent=120, used=12, limit=10
            ),
            addons.TopUpStopped(
                **facts, rule_id="tup_1", addon="tokens", reason="card_declined", purchase_id=None
            ),
        )
        assert sorted(subjects(acme)) == [
            "120 % of this month's tokens used",
            "Nothing is bought automatically any more: tokens",
        ]

    def test_who_was_erased_gets_nothing(self, acme: WebhookService) -> None:
        acme.applied(reached())
        acme.parts.writing.write_due()
        acme.vault.erase("acme")
        assert acme.mails() == []
        acme.applied(billing.WorkspaceErased(workspace_id="acme"), reached(100))
        assert acme.mails() == []

    def test_addresses_lie_sealed_until_they_are_written_to(self, acme: WebhookService) -> None:
        acme.applied(reached())
        acme.parts.writing.write_due()
        [row] = acme.parts.database.rows("SELECT recipient FROM mails")
        assert row["recipient"].startswith("sealed:acme:")


class TestPreferences:
    def test_choose_language_and_what_to_do_without(self, acme: WebhookService) -> None:
        chosen = {"language": "de", "without": ["quota_reached"]}
        assert acme.client.put(PREFERENCES, json=chosen, headers=OWNER).json() == chosen
        assert acme.client.get(PREFERENCES, headers=OWNER).json() == chosen
        acme.applied(reached(), failed())
        assert subjects(acme) == ["Zahlung für pro fehlgeschlagen"]

    @pytest.mark.parametrize(
        "body", [{"without": ["payment_failed"]}, {"language": "fr"}, {"colour": "red"}]
    )
    def test_leave_out_nothing_that_matters(
        self, acme: WebhookService, body: dict[str, object]
    ) -> None:
        answer = acme.client.put(PREFERENCES, json=body, headers=OWNER)
        assert answer.status_code == 422


class TestTemplates:
    def test_of_the_operator_go_first(self, acme: WebhookService, tmp_path: Path) -> None:
        (tmp_path / "en").mkdir()
        (tmp_path / "en" / "quota_reached.txt").write_text("Mind $percent\n\n$used used.\n")
        (tmp_path / "en" / "quota_reached.html").write_text("<b>$workspace</b>")
        acme.applied(reached())
        own = replace(acme.parts.writing, templates=Templates(tmp_path))
        own.write_due()
        [mail] = acme.mails()
        assert (mail.subject, mail.text, mail.html) == ("Mind 80", "8 used.\n", "<b>acme</b>")

    def test_that_nothing_reads_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "en").mkdir()
        (tmp_path / "en" / "quota.txt").write_text("")
        with pytest.raises(TemplateProblem):
            Templates(tmp_path).check()


def card(expires: str | None, ref: str = "pm_1") -> billing.PaymentMethodSaved:
    return billing.PaymentMethodSaved(
        workspace_id="acme",
        gateway="stripe",
        customer_ref="cus_1",
        payment_method_ref=ref,
        brand="visa",
        last4="4242",
        expires=expires,
    )


class TestCard:
    def test_is_told_a_month_before_it_expires(self, acme: WebhookService) -> None:
        acme.applied(card("2027-01"))
        acme.later(days=39)
        assert subjects(acme) == []
        acme.later(days=2)
        assert subjects(acme) == ["Your card expires in 2027-01"]
        acme.applied(card("2027-01"))
        assert len(subjects(acme)) == 1

    def test_that_is_learnt_of_late_is_told_at_once(self, acme: WebhookService) -> None:
        acme.applied(card("2026-11"))
        assert subjects(acme) == ["Your card expires in 2026-11"]

    def test_that_has_expired_is_none_to_warn_of(self, acme: WebhookService) -> None:
        acme.applied(card("2026-10"))
        assert subjects(acme) == []

    def test_is_not_told_of_one_that_pays_for_nothing_any_more(self, acme: WebhookService) -> None:
        acme.applied(card("2027-01"), card("2030-01", "pm_2"), card("2027-01"), cancelled())
        acme.later(days=41)
        assert "Your card expires in 2027-01" not in subjects(acme)

    def test_is_told_where_it_pays_again(self, acme: WebhookService) -> None:
        acme.applied(card("2027-01"), cancelled(), subscribed())
        acme.later(days=41)
        assert "Your card expires in 2027-01" in subjects(acme)


def announced(**changed: Any) -> billing.PlanMigrationAnnounced:
    told = billing.PlanMigrationAnnounced(
        workspace_id="acme",
        migration_id="pmg_1",
        plan="pro",
        target="pro-2",
        price_cents=5900,
        currency="USD",
        interval="month",
        not_before=NOW,
        effective_at=NOW + timedelta(days=30),
        approval=False,
    )
    return told.model_copy(update=changed)


class TestMigration:
    def test_is_told_ahead_and_when_it_is_withdrawn(self, acme: WebhookService) -> None:
        acme.applied(announced())
        assert subjects(acme) == ["Your plan changes on 2026-12-22"]
        assert "59.00 USD" in acme.mails()[0].text
        withdrawn = billing.PlanMigrationWithdrawn(
            workspace_id="acme", migration_id="pmg_1", reason="stopped"
        )
        acme.applied(withdrawn)
        assert subjects(acme)[1:] == ["Your plan stays as it is"]

    def test_who_has_to_agree_is_told_where_and_not_before(self, acme: WebhookService) -> None:
        acme.applied(announced(approval=True))
        assert subjects(acme) == []
        asked = billing.PlanMigrationApprovalAsked(
            workspace_id="acme",
            migration_id="pmg_1",
            checkout_id="chk_1",
            url="https://pay.example",
        )
        acme.applied(asked)
        assert "https://pay.example" in acme.mails()[0].text
