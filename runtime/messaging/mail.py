"""Mail over SMTP, with the one question answered that matters to a sender: was it accepted?"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

SECONDS = 20.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WIRE_FORMAT = SMTP.clone(cte_type="7bit")
# RFC 3463. Subject 2 is the recipient's mailbox: full, say.
ENHANCED = re.compile(rb"\s*(5\.(\d{1,3})\.\d{1,3})\b")
MAILBOX = "2"
NO_SUCH_ADDRESS = frozenset(["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1"])
# RFC 5321 and 7504, where an answer has no enhanced code.
NO_SUCH_RECIPIENT = frozenset({550, 551, 553, 556})


class MailNotAccepted(Exception):
    """The server has not got the mail: sending it again can't deliver it twice."""


class MailRefused(MailNotAccepted):
    """Nor will the server ever take it. `address`: nor any other mail for its recipient."""

    def __init__(self, reason: str, *, address: bool) -> None:
        super().__init__(reason)
        self.address = address


class MailOutcomeUnknown(Exception):
    """The connection broke after the mail was handed over: the server may have it, or not."""


@dataclass(frozen=True, slots=True)
class Mail:
    """`message_id` with its angle brackets. `html` says the same as `text`."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str

    def as_bytes(self) -> bytes:
        message = EmailMessage(policy=WIRE_FORMAT)
        message["From"], message["To"] = self.sender, self.to
        message["Subject"], message["Message-ID"] = self.subject, self.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        return message.as_bytes()


class Post(Protocol):
    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:
        """Returns when the mail was accepted. Calls `handing_over` once, at the last moment at
        which it is certain that nothing was delivered yet; if that raises, nothing is. Otherwise
        raises MailNotAccepted or MailOutcomeUnknown."""
        ...


class NoPost:
    """Where no server is set: nothing is accepted."""

    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:  # noqa: ARG002
        raise MailNotAccepted("no mail server is set")


class SmtpPost:
    """`smtp://user:password@host:port` or `smtps://…` (TLS from the start). Plain SMTP is upgraded
    by STARTTLS where the server offers it; passwords are never sent in the clear to another host.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in ("smtp", "smtps") or not self._url.hostname:
            raise ValueError("the SMTP URL must read smtp://host:port or smtps://host:port")

    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:
        content = mail.as_bytes()
        try:
            smtp = _connect(self._url)
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotAccepted(_reason(error)) from error
        try:
            _address(smtp, mail)
            handing_over()
            _hand_over(smtp, content)
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            smtp.close()


def _connect(url: SplitResult) -> smtplib.SMTP:
    host = url.hostname or ""
    if url.scheme == "smtps":
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=SECONDS, context=context
        )
    else:
        smtp = smtplib.SMTP(host, url.port or 25, timeout=SECONDS)
    try:
        _introduce(smtp, url, host)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _introduce(smtp: smtplib.SMTP, url: SplitResult, host: str) -> None:
    smtp.ehlo_or_helo_if_needed()
    encrypted = url.scheme == "smtps"
    if not encrypted and host not in LOOPBACK and smtp.has_extn("starttls"):
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo()
        encrypted = True
    if url.username:
        if not encrypted and host not in LOOPBACK:
            raise smtplib.SMTPException("the server offers no TLS to send the password over")
        smtp.login(unquote(url.username), unquote(url.password or ""))


def _address(smtp: smtplib.SMTP, mail: Mail) -> None:
    try:
        sender, recipient = smtp.mail(mail.sender), smtp.rcpt(mail.to)
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotAccepted(_reason(error)) from error
    if sender[0] not in (250, 251):
        raise MailNotAccepted(_answer(*sender))
    if recipient[0] not in (250, 251):
        raise refusal(*recipient, of_recipient=True)


def _hand_over(smtp: smtplib.SMTP, content: bytes) -> None:
    try:
        code, answer = smtp.data(content)
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, _bytes(error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        raise MailOutcomeUnknown(_reason(error)) from error
    if code != 250:
        raise refusal(code, answer, of_recipient=False)


def refusal(code: int, answer: bytes, *, of_recipient: bool) -> MailNotAccepted:
    """What an answer to a recipient, or to a whole mail, means. What the server has against us
    before it reads the mail (relaying, a password, a policy) the operator can mend: that is none
    for good. One for good is told by its codes alone, as the rest names people."""
    found = ENHANCED.match(answer)
    enhanced, subject = (found[1].decode(), found[2].decode()) if found else ("", "")
    plain = of_recipient and not found and code in NO_SUCH_RECIPIENT
    address = plain or enhanced in NO_SUCH_ADDRESS
    if code < 500 or (of_recipient and not address and subject != MAILBOX):
        return MailNotAccepted(_answer(code, answer))
    return MailRefused(f"{code} {enhanced}".strip(), address=address)


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _answer(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode(errors='replace')}"


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
