"""Where this installation writes to beside its databases: mail, and the audit trail's witness."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import structlog

from deploy.audit.witnesses import is_file, outlet_of
from deploy.setting_types import several
from deploy.settings import ConfigurationError, Settings
from kernel.ids import new_id
from projections.audit_trail.receipts import Outlet
from projections.audit_trail.witness import Witness, Witnesses, WitnessFile
from runtime.kafka import Kafka
from runtime.messaging.chat import ChatPost, TeamPost
from runtime.messaging.mail import (
    Mail,
    MailNotAccepted,
    MailOutcomeUnknown,
    NoPost,
    Post,
    SmtpPost,
)
from runtime.messaging.mailbox import Mailbox
from services.notifications.application.people.directory import Directory

log = structlog.get_logger()
MAILBOX_DIRECTORY = "mailbox"
CHAT_ALONE = "team@chat.invalid"
WITNESS_FILE = "audit-heads.jsonl"


def mailbox_of(settings: Settings) -> Mailbox | None:
    """Instead of a mail server; None in production, which has one or sends nothing."""
    if settings.env == "production":
        return None
    return Mailbox(settings.data_dir / MAILBOX_DIRECTORY)


def post_of(settings: Settings, mailbox: Mailbox | None) -> Post | None:
    """None where mail goes nowhere."""
    post, chat = SmtpPost(settings.smtp_url) if settings.smtp_url else mailbox, chat_of(settings)
    return TeamPost(team_of(settings), chat, post or NoPost()) if chat else post


def chat_of(settings: Settings) -> Post | None:
    return ChatPost(settings.team_chat_url) if settings.team_chat_url else None


def team_of(settings: Settings) -> str:
    """An address also where the team has a chat alone; empty where nobody is to be told."""
    return settings.team_notify_email or (CHAT_ALONE if settings.team_chat_url else "")


def directory_of(settings: Settings) -> Directory | None:
    """None where the host tells of no owners."""
    url = settings.directory_url
    return Directory(url, settings.directory_token) if url else None


def team_alarm(settings: Settings, mailbox: Mailbox | None) -> Callable[[str, str], None]:
    """Tells the team a subject and a text, as far as that can be done now."""
    post, team = post_of(settings, mailbox), team_of(settings)

    def alarm(subject: str, text: str) -> None:
        if post is None or not team:
            return
        html = f"<!doctype html><html><body><pre>{escape(text)}</pre></body></html>"
        message_id = f"<{new_id('alarm')}@{settings.mail_from.rpartition('@')[2]}>"
        mail = Mail(settings.mail_from, team, subject, f"{text}\n", html, message_id)
        try:
            post.deliver(mail, lambda: None)
        except (MailNotAccepted, MailOutcomeUnknown) as error:
            log.warning("alarm_not_sent", subject=subject, reason=str(error))

    return alarm


def outlets_of(settings: Settings, kafka: Callable[[], Kafka | None]) -> list[Outlet]:
    """Raises ConfigurationError where one can't be."""
    targets = [name for name in several(settings.audit_witness) if not is_file(name)]
    return [outlet_of(target, kafka) for target in targets]


def witness_of(settings: Settings) -> Witness | None:
    """Raises ConfigurationError where it can't lie."""
    paths = [Path(name) for name in several(settings.audit_witness) if is_file(name)]
    for path in paths:
        if not path.parent.is_dir():
            raise ConfigurationError(f"BILLING_AUDIT_WITNESS: {path.parent} is no directory")
    if not paths and settings.env == "production":
        return None
    return Witnesses([WitnessFile(path) for path in paths or [settings.data_dir / WITNESS_FILE]])
