"""A team that is told in its chat instead of by mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from runtime.messaging.chat import ChatPost, TeamPost
from runtime.messaging.mail import Mail, MailNotAccepted, NoPost
from runtime.process.ports import free_port
from tests.support.local_server import Answer, Call, served

PAID = Mail("billing@x.example", "team@x.example", "Paid", "Set-up, 49 USD\n", "", "<1@x>")


@dataclass
class Chat:
    url: str = ""
    status: int = 200
    calls: list[Call] = field(default_factory=list)

    def respond(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(self.status, "ok")


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    with served(chat.respond) as origin:
        chat.url = f"{origin}/services/T/B/secret"
        yield chat


class TestChat:
    def test_slack_and_discord_find_the_text_where_they_look(self, chat: Chat) -> None:
        ChatPost(chat.url).deliver(PAID, lambda: None)
        assert chat.calls[0].json == dict.fromkeys(("text", "content"), "Paid\nSet-up, 49 USD")

    def test_what_it_refuses_may_be_sent_again_and_no_secret_is_told(self, chat: Chat) -> None:
        chat.status = 404
        with pytest.raises(MailNotAccepted, match=r"^the chat answered 404$"):
            ChatPost(chat.url).deliver(PAID, lambda: None)

    def test_one_that_is_not_there_has_nothing(self) -> None:
        with pytest.raises(MailNotAccepted, match=r"^the chat: ConnectError$"):
            ChatPost(f"http://127.0.0.1:{free_port()}/secret").deliver(PAID, lambda: None)

    def test_what_is_not_claimed_is_not_sent(self, chat: Chat) -> None:
        def taken() -> None:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            ChatPost(chat.url).deliver(PAID, taken)
        assert chat.calls == []

    def test_only_what_is_for_the_team_goes_there(self, chat: Chat) -> None:
        post = TeamPost("team@x.example", ChatPost(chat.url), NoPost())
        post.deliver(PAID, lambda: None)
        assert len(chat.calls) == 1
        other = Mail("a@x.example", "owner@acme.example", "Paid", "", "", "<2@x>")
        with pytest.raises(MailNotAccepted):
            post.deliver(other, lambda: None)
