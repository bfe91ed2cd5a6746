"""A real SMTP server on this machine, with the faults that mail servers have."""

from __future__ import annotations

from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Literal, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from runtime.process.ports import free_port

Fault = Literal["refuse_recipient", "unknown_recipient", "refuse_content", "accept_then_hang_up"]


@dataclass
class Inbox:
    """`faults` are met in order, one a mail; afterwards all is well."""

    mails: list[EmailMessage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    def _next_is(self, fault: Fault) -> bool:
        if self.faults[:1] != [fault]:
            return False
        self.faults.pop(0)
        return True

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._next_is("refuse_recipient"):
            return "451 try later"
        if self._next_is("unknown_recipient"):
            return f"550 5.1.1 <{address}>: user unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the server calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._next_is("refuse_content"):
            return "452 disk full"
        content = cast(bytes, envelope.original_content)
        self.mails.append(message_from_bytes(content, policy=default))
        self.recipients.extend(envelope.rcpt_tos)
        if self._next_is("accept_then_hang_up"):
            cast(WriteTransport, server.transport).abort()
        return "250 accepted"


@dataclass
class MailServer:
    """Down until it is started; `url` holds also while it is down."""

    inbox: Inbox = field(default_factory=Inbox)
    port: int = field(default_factory=free_port)
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self.inbox, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
