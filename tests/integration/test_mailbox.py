"""Development's mail is read on a page of this machine: it is neither sent nor logged."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from deploy.composition import Composition
from deploy.mailbox_page import PATH, mailbox_page
from deploy.settings import Settings
from kernel.clock import utc_clock
from pages.rendering import Renderer
from runtime.messaging.mail import Mail, MailNotAccepted
from runtime.messaging.mailbox import Mailbox
from services.addons.wiring import MailSettings


def mail(subject: str, text: str = "Buyer: Ann <ann@acme.example>") -> Mail:
    html = "<p>the same</p>"
    return Mail("billing@localhost", "team@acme.example", subject, text, html, "<pur_1@localhost>")


def delivered(directory: Path, *mails: Mail) -> Mailbox:
    mailbox = Mailbox(directory)
    for each in mails:
        mailbox.deliver(each, lambda: None)
    return mailbox


class TestMailbox:
    def test_shows_the_newest_first(self, tmp_path: Path) -> None:
        mailbox = delivered(tmp_path / "mail", mail("one"), mail("two ü"))
        assert [each.subject for each in mailbox.latest()] == ["two ü", "one"]
        assert "ann@acme.example" in mailbox.latest()[0].text

    def test_is_empty_before_the_first(self, tmp_path: Path) -> None:
        assert Mailbox(tmp_path / "mail").latest() == []

    def test_its_files_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        delivered(tmp_path / "mail", mail("one"))
        kept = [tmp_path / "mail", *(tmp_path / "mail").iterdir()]
        assert [path for path in kept if path.stat().st_mode & 0o077] == []

    def test_a_mail_whose_moment_was_taken_is_not_kept(self, tmp_path: Path) -> None:
        def taken() -> None:
            raise RuntimeError("taken")

        mailbox = Mailbox(tmp_path / "mail")
        with pytest.raises(RuntimeError):
            mailbox.deliver(mail("one"), taken)
        assert mailbox.latest() == []

    def test_the_log_holds_nothing_of_it(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        delivered(tmp_path / "mail", mail("secret subject"))
        assert "".join(capfd.readouterr()) == ""


class TestPage:
    def test_shows_a_mail_as_it_is(self, tmp_path: Path) -> None:
        app = FastAPI()
        hostile = mail("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
        mailbox = delivered(tmp_path / "mail", hostile)
        app.include_router(mailbox_page(mailbox, Renderer(utc_clock).hosted))
        shown = TestClient(app).get(PATH).text
        assert "<script>" not in shown
        assert "<img" not in shown
        assert "&lt;script&gt;" in shown


class TestProduction:
    def test_has_no_mailbox(self) -> None:
        assert Composition(Settings(env="production")).mailbox is None

    def test_without_a_server_nothing_is_sent_and_nothing_is_lost(self) -> None:
        settings = MailSettings()
        assert not settings.sends
        with pytest.raises(MailNotAccepted):
            settings.post().deliver(mail("one"), lambda: None)
