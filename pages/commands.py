"""The buttons of a page: each is a form, and is answered by a page that says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from pages.frame import Frame
from pages.rendering import see_other
from pages.session import ProofNeeded, Session
from workspace_billing import ApiError, AsyncBilling
from workspace_billing.aio.workspace import AsyncWorkspace

LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody goes on at a gateway's page."""

    url: str


class NoNumber(Exception):
    """Something else stands where a whole number belongs."""


def whole(text: str) -> int:
    """Raises NoNumber."""
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER):
        raise NoNumber(text)
    return int(digits)


# Of a flash in `parts.html`, or where to go on.
Outcome = str | Leaving


@dataclass(frozen=True, slots=True)
class Asked:
    """`fields` are those of the form, with what the path names."""

    billing: AsyncBilling
    session: Session
    fields: Mapping[str, str]
    origin: str

    @property
    def workspace(self) -> AsyncWorkspace:
        """A member's own, or the one in the path."""
        return self.billing.workspaces(self.session.workspace or self.fields["ws"])

    def text(self, name: str) -> str:
        return self.fields.get(name, "")

    def number(self, name: str) -> int | None:
        """None where the field is empty. Raises NoNumber: nothing else may pass for empty, which
        means "all" or "without a limit" here and there."""
        text = self.text(name)
        return whole(text) if text else None

    def expected(self) -> dict[str, Any]:
        """What the page showed: another price now is refused, and nothing is charged."""
        return {
            "expected_price_cents": self.number("price_cents"),
            "expected_currency": self.text("currency") or None,
        }


Command = Callable[[Asked], Awaitable[Outcome]]


@dataclass(frozen=True)
class Buttons:
    """`who` reads the session of this page's people, `back` is the page."""

    frame: Frame
    router: APIRouter
    who: Callable[[Request], Session]
    back: str

    def add(self, path: str, command: Command, *, proof: bool = False) -> None:
        """`proof`: only for who just proved who they are."""

        @self.router.post(path)
        async def post(request: Request) -> Response:
            session = self.who(request)
            fields = {**await self.frame.form(request, session), **request.path_params}
            if proof and not self.frame.sessions.has_proved(session):
                raise ProofNeeded
            billing = self.frame.api.using(session.token)
            back = self.back.format(**fields)
            try:
                outcome = await command(Asked(billing, session, fields, self.frame.origin))
            except NoNumber:
                return see_other(back, refused="validation_failed")
            except ApiError as error:
                return refused(error, back)
            if isinstance(outcome, Leaving):
                return self.frame.leave(request, session, outcome.url)
            return see_other(back, done=outcome)


def refused(error: ApiError, back: str) -> Response:
    """Told on the page; who may not be here at all, or whose session is over, is told so. Of what
    broke on the way nobody may be told that nothing was done."""
    if error.status in {401, 403}:
        raise error
    unknown = error.status >= 500 and error.answered_code != "gateway_unavailable"
    return see_other(back, refused="unknown_outcome" if unknown else error.answered_code)
