"""Links by which a person comes to the pages: each lets one browser in, once and soon."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from kernel.clock import Clock
from runtime.postgres.database import Database, Row
from services.billing.domain.errors import (
    SessionLinkNotFound,
    SessionLinkUsed,
    SessionsNotSetUp,
)

LINK_TIME = timedelta(minutes=5)
SESSION_TIME = timedelta(minutes=30)
KEPT = timedelta(days=1)
ENTRANCE = "/session"
# Claims of a person until a time, signed.
Sign = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Visitor:
    """One of a workspace's people, with a role in it, or, without a workspace, of the platform's.
    `page` is where to go first, `return_url` where they came from. `authenticated_at` is when they
    proved who they are, where that is known: else they do by using the link."""

    person: str
    role: str
    workspace: str = ""
    return_url: str = ""
    page: str = ""
    authenticated_at: datetime | None = None

    def claims(self, now: datetime) -> dict[str, Any]:
        proved = {"auth_time": int((self.authenticated_at or now).timestamp())}
        where = {"return_url": self.return_url} if self.return_url else {}
        if self.workspace:
            return {"workspaces": {self.workspace: self.role}, **proved, **where}
        return {"roles": [self.role], **proved, **where}


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PageSession:
    """`token` is the visitor's for all APIs, and good for nothing else than its role."""

    visitor: Visitor
    token: str
    expires_at: datetime


class PageLinks:
    """`sign` is None where this installation can't sign tokens of its own."""

    def __init__(self, database: Database, clock: Clock, origin: str, sign: Sign | None) -> None:
        self._database = database
        self._clock = clock
        self._origin = origin
        self._sign = sign

    def issue(self, visitor: Visitor, lifetime: timedelta = LINK_TIME) -> Link:
        if self._sign is None:
            raise SessionsNotSetUp
        now = self._clock()
        code = secrets.token_urlsafe(32)
        self._database.execute("DELETE FROM page_links WHERE expires_at < %s", (now - KEPT,))
        self._database.execute(
            "INSERT INTO page_links (code_hash, person, workspace, role, return_url, page, "
            "expires_at, authenticated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                _hashed(code),
                visitor.person,
                visitor.workspace,
                visitor.role,
                visitor.return_url,
                visitor.page,
                now + lifetime,
                visitor.authenticated_at,
            ),
        )
        return Link(f"{self._origin}{ENTRANCE}?{urlencode({'code': code})}", now + lifetime)

    def redeem(self, code: str) -> PageSession:
        """Of any number at once, one succeeds."""
        if self._sign is None:
            raise SessionsNotSetUp
        now = self._clock()
        found = self._database.rows(
            "UPDATE page_links SET redeemed_at = %s WHERE code_hash = %s "
            "AND redeemed_at IS NULL AND expires_at > %s RETURNING *",
            (now, _hashed(code), now),
        )
        if not found:
            raise self._refusal(code)
        visitor, until = _visitor(found[0]), now + SESSION_TIME
        return PageSession(visitor, self._sign(visitor.person, until, **visitor.claims(now)), until)

    def _refusal(self, code: str) -> Exception:
        """Who holds the code may know where it led from."""
        known = self._database.rows(
            "SELECT return_url FROM page_links WHERE code_hash = %s", (_hashed(code),)
        )
        if not known:
            return SessionLinkNotFound()
        return SessionLinkUsed(return_url=known[0]["return_url"])


def _hashed(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _visitor(row: Row) -> Visitor:
    return Visitor(
        person=row["person"],
        role=row["role"],
        workspace=row["workspace"],
        return_url=row["return_url"],
        page=row["page"],
        authenticated_at=row["authenticated_at"],
    )
