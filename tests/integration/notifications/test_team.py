"""The team is told what it has to look at, and not more often than that helps."""

from __future__ import annotations

from datetime import timedelta

from contracts import billing
from tests.support.webhook_service import WebhookService


def parked(webhook: str, gateway: str = "stripe") -> billing.WebhookParked:
    return billing.WebhookParked(
        workspace_id="",
        gateway=gateway,
        webhook_id=webhook,
        reason="account_not_found",
        attempts=12,
    )


def told(webhooks: WebhookService) -> list[str]:
    return [mail.subject for mail in webhooks.mails()]


class TestParkedWebhook:
    def test_is_told_once_a_day_for_each_gateway(self, webhooks: WebhookService) -> None:
        webhooks.applied(parked("evt_1"), parked("evt_2"), parked("evt_3", "paypal"))
        assert sorted(told(webhooks)) == [
            "Webhooks of paypal were given up",
            "Webhooks of stripe were given up",
        ]
        assert any("evt_1 of stripe" in mail.text for mail in webhooks.mails())
        webhooks.later(days=1)
        webhooks.applied(parked("evt_4"))
        assert len(told(webhooks)) == 3

    def test_is_no_news_when_a_history_is_read_again(self, webhooks: WebhookService) -> None:
        webhooks.applied(parked("evt_1"), time=webhooks.clock() - timedelta(days=3))
        assert told(webhooks) == []
