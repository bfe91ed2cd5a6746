"""Mail goes to who can read it: the billing e-mail or the owners, and no more to who refuses it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from contracts import billing
from contracts.envelope import EventData
from runtime.messaging.mail import MailNotAccepted, MailRefused
from services.notifications.application.people.directory import Directory
from tests.support.billing_events import cancelled, settings, subscription
from tests.support.local_server import Answer
from tests.support.tokens import bearer
from tests.support.webhook_service import TEAM, Receiver, WebhookService

MAILS = "/v1/notifications/workspaces/acme/mails"
REFUSED = "/v1/notifications/workspaces/acme/refused-addresses"
SUPPORT = bearer("support")
MONEY = "money@acme.example"
UNKNOWN = MailRefused("550 5.1.1", address=True)


def news() -> EventData:
    """Something to tell at once, each time anew."""
    ends = subscription("grace", cancel_at=subscription().started_at)
    return billing.CancellationScheduled(
        workspace_id="acme", subscription=ends, cancel_at=ends.started_at
    )


def states(service: WebhookService) -> list[str]:
    found = service.client.get(MAILS, headers=SUPPORT).json()["data"]
    return sorted(each["state"] for each in found)


class TestRefusedAddress:
    def test_gets_no_second_mail_and_the_team_is_told_once(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = UNKNOWN
        acme.applied(news(), cancelled())
        acme.mails()
        acme.later(hours=1)
        acme.applied(news())
        told = acme.mails()
        assert acme.post.tried.count(MONEY) == 1
        assert [(mail.to, mail.subject) for mail in told] == [
            (TEAM, "Mail to a workspace is refused")
        ]
        assert MONEY not in told[0].text
        assert states(acme) == ["refused", "undeliverable", "undeliverable"]

    def test_is_shown_with_what_its_server_said(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = UNKNOWN
        acme.applied(news())
        acme.mails()
        shown = acme.client.get(MAILS, headers=SUPPORT).json()
        [address] = shown["refused_addresses"]
        assert (address["address"], address["reason"]) == (MONEY, "550 5.1.1")
        assert (shown["data"][0]["kind"], shown["data"][0]["problem"]) == ("ends_on", "550 5.1.1")
        [row] = acme.parts.database.rows("SELECT recipient FROM refused_addresses")
        assert row["recipient"].startswith("sealed:acme:")

    def test_is_written_to_again_once_its_refusal_is_lifted(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = UNKNOWN
        acme.applied(news())
        acme.mails()
        acme.post.refused.clear()
        lifted = acme.client.delete(REFUSED, headers=SUPPORT).json()
        assert lifted["refused_addresses"] == []
        acme.applied(news())
        assert sorted(mail.to for mail in acme.mails()) == [MONEY, TEAM]

    def test_that_is_exchanged_leaves_the_new_one_alone(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = UNKNOWN
        acme.applied(news())
        acme.mails()
        acme.applied(settings(acme.vault.seal("acme", "new@acme.example")), news())
        assert sorted(mail.to for mail in acme.mails()) == ["new@acme.example", TEAM]
        assert acme.client.get(MAILS, headers=SUPPORT).json()["refused_addresses"] == []

    def test_stays_refused_when_other_settings_change(self, acme: WebhookService) -> None:
        [row] = acme.parts.database.rows("SELECT email FROM contacts")
        acme.post.refused[MONEY] = UNKNOWN
        acme.applied(news())
        acme.mails()
        acme.applied(settings(row["email"]), news())
        acme.mails()
        assert states(acme) == ["refused", "undeliverable"]

    def test_is_forgotten_with_its_people(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = UNKNOWN
        acme.applied(news())
        acme.mails()
        acme.applied(billing.WorkspaceErased(workspace_id="acme"))
        assert acme.parts.database.rows("SELECT FROM refused_addresses") == []


class TestRefusedMail:
    def test_leaves_its_address_as_it_was(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = MailRefused("552 5.2.2", address=False)
        acme.applied(news())
        acme.mails()
        acme.post.refused.clear()
        acme.later(minutes=5)
        acme.applied(news())
        assert [mail.to for mail in acme.mails()] == [MONEY]
        assert states(acme) == ["refused", "sent"]

    def test_for_now_is_sent_again(self, acme: WebhookService) -> None:
        acme.post.refused[MONEY] = MailNotAccepted("451 try later")
        acme.applied(news())
        acme.mails()
        assert states(acme) == ["due"]
        acme.post.refused.clear()
        acme.later(minutes=1)
        assert [mail.to for mail in acme.mails()] == [MONEY]


@dataclass
class Owners:
    """A workspace without a billing e-mail, whose owners the host knows."""

    service: WebhookService
    host: Receiver
    now: float = 0.0
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        self.directory = Directory(f"{self.host.url}/{{workspace}}", clock=lambda: self.now)
        self.are("ann@acme.example", "bob@acme.example")
        self.service.applied(settings(None))

    def are(self, *addresses: str) -> None:
        body = {"owners": [{"email": each} for each in addresses]}
        self.host.answer = lambda _: Answer(200, body)

    def mailed(self) -> list[str]:
        replace(self.service.parts.writing, directory=self.directory).write_due()
        return [mail.to for mail in self.service.mails()]


@pytest.fixture
def owners(acme: WebhookService, host: Receiver) -> Owners:
    return Owners(acme, host)


class TestOwners:
    def test_get_one_mail_each_where_there_is_no_billing_email(self, owners: Owners) -> None:
        owners.service.applied(news())
        assert owners.mailed() == ["ann@acme.example", "bob@acme.example"]
        assert owners.mailed() == ["ann@acme.example", "bob@acme.example"]

    def test_get_none_beside_a_billing_email(self, owners: Owners) -> None:
        owners.service.applied(settings(owners.service.vault.seal("acme", MONEY)), news())
        assert owners.mailed() == [MONEY]
        assert owners.host.calls == []

    def test_are_waited_for_and_nobody_else_waits(self, owners: Owners) -> None:
        owners.host.answers(503)
        owners.service.applied(news())
        assert owners.mailed() == []
        owners.are("ann@acme.example")
        owners.now += 60
        assert owners.mailed() == []
        owners.service.later(minutes=2)
        assert owners.mailed() == ["ann@acme.example"]

    def test_are_told_no_old_news_when_the_directory_was_away_for_long(
        self, owners: Owners
    ) -> None:
        owners.host.answers(503)
        owners.service.applied(news())
        owners.mailed()
        owners.are("ann@acme.example")
        owners.now += 60
        owners.service.later(days=3)
        assert owners.mailed() == []

    def test_of_whom_one_refuses_mail_do_not_lose_the_others(self, owners: Owners) -> None:
        owners.service.post.refused["ann@acme.example"] = UNKNOWN
        owners.service.applied(news())
        owners.mailed()
        owners.service.later(minutes=1)
        owners.service.applied(news())
        assert owners.mailed().count("bob@acme.example") == 2
        assert owners.service.post.tried.count("ann@acme.example") == 1

    def test_of_an_erased_workspace_are_not_written_to(self, owners: Owners) -> None:
        owners.service.applied(news())
        owners.service.vault.erase("acme")
        assert owners.mailed() == []
