"""What the answers of mail servers mean for a mail and for its address."""

from __future__ import annotations

import pytest

from runtime.messaging.mail import Mail, MailNotAccepted, MailRefused, SmtpPost, refusal
from tests.support.mail_server import mail_server

ADDRESS, MAIL, NEITHER = "address", "mail", "neither"
KNOWN = {
    (550, b"5.1.1 <ann@acme.example>: Recipient address rejected: User unknown", True): ADDRESS,
    (550, b"No such user here", True): ADDRESS,
    (553, b"5.1.3 bad syntax", True): ADDRESS,
    (556, b"5.1.10 null MX", True): ADDRESS,
    (550, b"5.2.1 mailbox disabled", True): ADDRESS,
    (552, b"5.2.2 mailbox full", True): MAIL,
    (554, b"5.7.1 Relay access denied", True): NEITHER,
    (550, b"5.7.26 unauthenticated sender", True): NEITHER,
    (530, b"Authentication required", True): NEITHER,
    (550, b"5.1.8 bad sender's system", True): NEITHER,
    (451, b"4.7.1 Greylisted", True): NEITHER,
    (450, b"try later", True): NEITHER,
    (554, b"5.7.1 This looks like spam", False): MAIL,
    (552, b"message too large", False): MAIL,
    (550, b"5.1.1 unknown after all", False): ADDRESS,
    (452, b"disk full", False): NEITHER,
}


@pytest.mark.parametrize(
    ("answer", "refused"),
    KNOWN.items(),
    ids=[f"{code} {text[:8].decode()} {of}" for code, text, of in KNOWN],
)
def test_is_told_by_its_codes(answer: tuple[int, bytes, bool], refused: str) -> None:
    code, text, of_recipient = answer
    found = refusal(code, text, of_recipient=of_recipient)
    assert isinstance(found, MailRefused) == (refused != NEITHER)
    if isinstance(found, MailRefused):
        assert found.address == (refused == ADDRESS)
        assert "@" not in str(found)


def test_a_server_that_knows_no_such_user_says_so() -> None:
    mail = Mail("billing@x.example", "ann@acme.example", "Paid", "text", "<p>", "<1@x>")
    with mail_server() as server:
        server.inbox.faults = ["unknown_recipient", "refuse_recipient"]
        with pytest.raises(MailRefused, match=r"^550 5\.1\.1$"):
            SmtpPost(server.url).deliver(mail, lambda: None)
        with pytest.raises(MailNotAccepted) as temporary:
            SmtpPost(server.url).deliver(mail, lambda: None)
        assert not isinstance(temporary.value, MailRefused)
        SmtpPost(server.url).deliver(mail, lambda: None)
        assert len(server.inbox.mails) == 1
