"""A team's chat as a place for mail: Slack's and Discord's incoming webhooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from runtime.messaging.mail import Mail, MailNotAccepted, MailOutcomeUnknown, Post

SECONDS = 10.0
# Discord takes no more; Slack would take 40,000.
LONGEST_TEXT = 1_900


class ChatPost:
    """Posts subject and text; Slack reads `text`, Discord `content`. What is answered otherwise
    than 2xx was not taken. No error carries the URL, which is the secret."""

    def __init__(self, url: str) -> None:
        self._url = url

    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:
        text = f"{mail.subject}\n{mail.text}".strip()[:LONGEST_TEXT]
        handing_over()
        try:
            answer = httpx.post(
                self._url, json={"text": text, "content": text}, timeout=SECONDS, trust_env=False
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise MailNotAccepted(f"the chat: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise MailOutcomeUnknown(f"the chat: {type(error).__name__}") from None
        if not answer.is_success:
            raise MailNotAccepted(f"the chat answered {answer.status_code}")


@dataclass(frozen=True, slots=True)
class TeamPost:
    """What is for the team's address goes to `team`, all else to `others`."""

    address: str
    team: Post
    others: Post

    def deliver(self, mail: Mail, handing_over: Callable[[], None]) -> None:
        post = self.team if mail.to == self.address else self.others
        post.deliver(mail, handing_over)
