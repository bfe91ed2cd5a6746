"""Where this installation writes to beside its databases: mail, and the audit trail's witness."""

from __future__ import annotations

from pathlib import Path

from deploy.settings import ConfigurationError, Settings
from projections.audit_trail.witness import WitnessFile
from runtime.messaging.mail import Post, SmtpPost
from runtime.messaging.mailbox import Mailbox

MAILBOX_DIRECTORY = "mailbox"
WITNESS_FILE = "audit-heads.jsonl"


def mailbox_of(settings: Settings) -> Mailbox | None:
    """Instead of a mail server; None in production, which has one or sends nothing."""
    if settings.env == "production":
        return None
    return Mailbox(settings.data_dir / MAILBOX_DIRECTORY)


def post_of(settings: Settings, mailbox: Mailbox | None) -> Post | None:
    """None where mail goes nowhere."""
    return SmtpPost(settings.smtp_url) if settings.smtp_url else mailbox


def witness_file(settings: Settings) -> WitnessFile | None:
    """Raises ConfigurationError where it can't lie."""
    if settings.audit_witness:
        path = Path(settings.audit_witness)
        if not path.parent.is_dir():
            raise ConfigurationError(f"BILLING_AUDIT_WITNESS: {path.parent} is no directory")
        return WitnessFile(path)
    if settings.env == "production":
        return None
    return WitnessFile(settings.data_dir / WITNESS_FILE)
