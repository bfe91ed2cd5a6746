"""The delivery team's mail, over real SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from runtime.messaging.mail import Post
from services.addons.application.pages import Claim, PageTaken
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
def staffed(site: AddonEnvironment, server: MailServer) -> Iterator[AddonService]:
    """A addons whose delivery team has an address."""
    mail = MailSettings(server.url, TEAM, "billing@platform.example")
    with stripe_profile() as driver, addon_service(site, driver, mail=mail) as opened:
        opened.offer(name="Set-up <script>")
        opened.save_card("ok")
        yield opened


class TestPageDeliveryTeam:
    def test_a_paid_addon_is_told_in_text_and_html(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        purchase_id = staffed.bought()
        staffed.work()
        [mail] = server.inbox.mails
        assert server.inbox.recipients == [TEAM]
        assert mail["Message-ID"] == f"<{purchase_id}.paid@platform.example>"
        assert mail["Subject"] == "To deliver: Set-up <script> for acme"
        text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        told = text.get_content()
        for word in ("acme", "Ann O'Neil <ann@acme.example> (ann)", "499.00 EUR", purchase_id):
            assert word in told
        assert "Set-up &lt;script&gt;" in html.get_content()
        assert "<script>" not in html.get_content()

    def test_it_is_recorded(self, staffed: AddonService, server: MailServer) -> None:
        purchase_id = staffed.bought()
        staffed.work()
        assert staffed.topics()[-1] == "DeliveryTeamPaged"
        assert staffed.parts.purchases.get(purchase_id).paged

    def test_a_purchase_that_is_not_paid_is_not_told(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        staffed.save_card("3ds")
        staffed.bought()
        staffed.work()
        assert server.inbox.mails == []

    def test_a_second_purchase_of_the_same_addon_is_told_again(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        first = staffed.bought()
        staffed.command(first, "deliver")
        staffed.command(first, "reopen")
        second = staffed.bought()
        staffed.work()
        assert sorted(mail["Message-ID"].split(".")[0] for mail in server.inbox.mails) == sorted(
            [f"<{first}", f"<{second}"]
        )

    def test_what_happened_meanwhile_is_told_too(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        staffed.command(staffed.bought(), "cancel")
        staffed.work()
        [mail] = server.inbox.mails
        body = mail.get_body(("plain",))
        assert body is not None
        assert "cancelled" in body.get_content()


class TestOnce:
    def test_however_often_the_events_are_replayed(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        staffed.bought()
        for _ in range(3):
            staffed.work()
            with staffed.database.transaction(commit=True) as cursor:
                cursor.execute("UPDATE positions SET sequence = 0")
        assert len(server.inbox.mails) == 1

    def test_also_when_the_table_of_pages_is_lost(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        staffed.bought()
        staffed.work()
        with staffed.database.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM pages")
            cursor.execute("UPDATE positions SET sequence = 0")
        staffed.work()
        assert len(server.inbox.mails) == 1

    def test_also_when_the_process_dies_before_it_is_recorded(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        staffed.bought()
        staffed.follow()
        post = Crashing(staffed.parts.paging._post)
        post.crash_at("deliver", "after")
        staffed.parts.paging._post = cast(Post, post)
        with pytest.raises(ProcessDied):
            staffed.parts.paging.page_due()
        for _ in range(3):
            staffed.sweep()
        assert len(server.inbox.mails) == 1
        assert "DeliveryTeamPaged" not in staffed.topics()

    def test_also_when_the_server_hangs_up_after_accepting(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        server.inbox.faults = ["accept_then_hang_up"]
        staffed.bought()
        for _ in range(3):
            staffed.sweep()
        assert len(server.inbox.mails) == 1

    def test_a_second_sender_that_is_refused_does_not_take_the_firsts_claim(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        purchase_id = staffed.bought()
        staffed.follow()
        pages, now = staffed.parts.pages, staffed.clock.now
        claim = pages.claim(purchase_id, now)
        pages.put_off(purchase_id, now)
        with pytest.raises(PageTaken):
            pages.claim(purchase_id, now)
        pages.release(Claim(purchase_id, claim.attempt - 1), now)
        assert pages.due(now, 10) == []
        pages.release(claim, now)
        assert pages.due(now, 10) == [purchase_id]


class TestRetry:
    @pytest.mark.parametrize("fault", ["refuse_recipient", "refuse_content"])
    def test_what_the_server_refused_is_sent_again(
        self, staffed: AddonService, server: MailServer, fault: Fault
    ) -> None:
        server.inbox.faults = [fault, fault]
        staffed.bought()
        staffed.work()
        assert server.inbox.mails == []
        for _ in range(3):
            staffed.sweep()
        assert len(server.inbox.mails) == 1
        assert staffed.topics()[-1] == "DeliveryTeamPaged"

    def test_while_the_server_is_down_it_is_tried_again(
        self, staffed: AddonService, server: MailServer
    ) -> None:
        server.stop()
        staffed.bought()
        staffed.sweep()
        assert "DeliveryTeamPaged" not in staffed.topics()
        server.start()
        staffed.clock.advance(timedelta(minutes=1))
        staffed.work()
        assert len(server.inbox.mails) == 1

    def test_without_a_server_it_is_written_to_the_log(
        self, addons: AddonService, capfd: pytest.CaptureFixture[str]
    ) -> None:
        addons.save_card("ok")
        purchase_id = addons.bought()
        addons.work()
        assert addons.topics()[-1] == "DeliveryTeamPaged"
        printed = capfd.readouterr()
        assert purchase_id in printed.out + printed.err
