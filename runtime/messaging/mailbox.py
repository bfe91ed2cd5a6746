"""Development's mail: kept in files of this machine, shown on a page, never sent nor logged."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from runtime.messaging.mail import Mail

MOST_SHOWN = 100
SUFFIX = ".eml"


@dataclass(frozen=True, slots=True)
class KeptMail:
    to: str
    subject: str
    text: str


class Mailbox:
    """A file for each mail, for the owner of the process alone. Several processes may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:
        handing_over()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / f"{time.time_ns():020}-{os.getpid()}{SUFFIX}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(mail.as_bytes())

    def latest(self) -> Sequence[KeptMail]:
        """Newest first."""
        if not self._directory.is_dir():
            return []
        paths = sorted(self._directory.glob(f"*{SUFFIX}"), reverse=True)[:MOST_SHOWN]
        return [_kept(path.read_bytes()) for path in paths]


def _kept(raw: bytes) -> KeptMail:
    message = message_from_bytes(raw, EmailMessage, policy=default)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return KeptMail(str(message["To"]), str(message["Subject"]), str(text))
