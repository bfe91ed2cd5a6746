"""The delivery team's mail, over real SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from runtime.messaging.mail import Post
from runtime.messaging.mailbox import Mailbox
from services.addons.application.team_notifications.outbox import Claim, NotificationTaken
from services.addons.wiring import MailSettings
from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import AddonService
from tests.support.dying_process import Crashing, ProcessDied
from tests.support.mail_server import Fault, MailServer, mail_server
from tests.support.sandbox_driver import stripe_profile

TEAM = "delivery@platform.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as started:
        yield started


@pytest.fixture
def mailing(site: AddonEnvironment, server: MailServer) -> Iterator[AddonService]:
    """A addons whose delivery team has an address."""
    mail = MailSettings(server.url, TEAM, "billing@platform.example")
    with stripe_profile() as driver, addon_service(site, driver, mail=mail) as opened:
        opened.offer(name="Set-up <script>")
        opened.save_card("ok")
        yield opened


class TestNotifyTeam:
    def test_a_paid_addon_is_described_in_text_and_html(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        purchase_id = mailing.bought()
        mailing.work()
        [mail] = server.inbox.mails
        assert server.inbox.recipients == [TEAM]
        assert mail["Message-ID"] == f"<{purchase_id}.paid@platform.example>"
        assert mail["Subject"] == "To deliver: Set-up <script> for acme"
        text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        described = text.get_content()
        for word in ("acme", "Ann O'Neil <ann@acme.example> (ann)", "499.00 EUR", purchase_id):
            assert word in described
        assert "Set-up &lt;script&gt;" in html.get_content()
        assert "<script>" not in html.get_content()

    def test_it_is_recorded(self, mailing: AddonService, server: MailServer) -> None:
        purchase_id = mailing.bought()
        mailing.work()
        assert mailing.topics()[-1] == "DeliveryTeamPaged"
        assert mailing.parts.purchases.get(purchase_id).paged

    def test_a_purchase_that_is_not_paid_notifies_nobody(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        mailing.save_card("3ds")
        mailing.bought()
        mailing.work()
        assert server.inbox.mails == []

    def test_a_second_purchase_of_the_same_addon_notifies_again(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        first = mailing.bought()
        mailing.command(first, "deliver")
        mailing.command(first, "reopen")
        second = mailing.bought()
        mailing.work()
        assert sorted(mail["Message-ID"].split(".")[0] for mail in server.inbox.mails) == sorted(
            [f"<{first}", f"<{second}"]
        )

    def test_what_happened_meanwhile_is_mentioned_too(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        mailing.command(mailing.bought(), "cancel")
        mailing.work()
        [mail] = server.inbox.mails
        body = mail.get_body(("plain",))
        assert body is not None
        assert "cancelled" in body.get_content()


class TestOnce:
    def test_however_often_the_events_are_replayed(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        mailing.bought()
        for _ in range(3):
            mailing.work()
            with mailing.database.transaction(commit=True) as cursor:
                cursor.execute("UPDATE positions SET sequence = 0")
        assert len(server.inbox.mails) == 1

    def test_also_when_the_outbox_is_lost(self, mailing: AddonService, server: MailServer) -> None:
        mailing.bought()
        mailing.work()
        with mailing.database.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM pages")
            cursor.execute("UPDATE positions SET sequence = 0")
        mailing.work()
        assert len(server.inbox.mails) == 1

    def test_also_when_the_process_dies_before_it_is_recorded(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        mailing.bought()
        mailing.follow()
        post = Crashing(mailing.parts.notifications.post)
        post.crash_at("deliver", "after")
        mailing.parts.notifications.post = cast(Post, post)
        with pytest.raises(ProcessDied):
            mailing.parts.notifications.deliver_due()
        for _ in range(3):
            mailing.sweep()
        assert len(server.inbox.mails) == 1
        assert "DeliveryTeamPaged" not in mailing.topics()

    def test_also_when_the_server_hangs_up_after_accepting(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        server.inbox.faults = ["accept_then_hang_up"]
        mailing.bought()
        for _ in range(3):
            mailing.sweep()
        assert len(server.inbox.mails) == 1

    def test_a_second_sender_that_is_refused_does_not_take_the_firsts_claim(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        purchase_id = mailing.bought()
        mailing.follow()
        outbox, now = mailing.parts.outbox, mailing.clock.now
        claim = outbox.claim(purchase_id, now)
        outbox.put_off(purchase_id, now)
        with pytest.raises(NotificationTaken):
            outbox.claim(purchase_id, now)
        outbox.release(Claim(purchase_id, claim.attempt - 1), now)
        assert outbox.due(now, 10) == []
        outbox.release(claim, now)
        assert outbox.due(now, 10) == [purchase_id]


class TestRetry:
    @pytest.mark.parametrize("fault", ["refuse_recipient", "refuse_content"])
    def test_what_the_server_refused_is_sent_again(
        self, mailing: AddonService, server: MailServer, fault: Fault
    ) -> None:
        server.inbox.faults = [fault, fault]
        mailing.bought()
        mailing.work()
        assert server.inbox.mails == []
        for _ in range(3):
            mailing.sweep()
        assert len(server.inbox.mails) == 1
        assert mailing.topics()[-1] == "DeliveryTeamPaged"

    def test_while_the_server_is_down_it_is_tried_again(
        self, mailing: AddonService, server: MailServer
    ) -> None:
        server.stop()
        mailing.bought()
        mailing.sweep()
        assert "DeliveryTeamPaged" not in mailing.topics()
        server.start()
        mailing.clock.advance(timedelta(minutes=1))
        mailing.work()
        assert len(server.inbox.mails) == 1

    def test_without_a_server_it_is_kept_in_the_mailbox_and_not_in_the_log(
        self,
        site: AddonEnvironment,
        addons: AddonService,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        addons.save_card("ok")
        purchase_id = addons.bought()
        addons.work()
        assert addons.topics()[-1] == "DeliveryTeamPaged"
        assert purchase_id in Mailbox(site.mailbox).latest()[0].text
        printed = capfd.readouterr()
        assert "O'Neil" not in printed.out + printed.err
