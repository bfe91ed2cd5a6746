"""Who is looking: a cookie that holds the person's token for the APIs.

The token says who it is, in which workspace and with which role. It is read here to know what to
show; every API verifies it, so that a forged one shows an empty frame and does nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from fastapi import Request, Response

from kernel.clock import Clock
from kernel.ids import is_workspace_id

STAFF = ("super_admin", "support", "auditor")
MANAGING = ("owner", "admin")
MEMBER_AREA, STAFF_AREA = "/app", "/"
FIRST = {
    "member": "/app/billing",
    "super_admin": "/admin",
    "support": "/admin",
    "auditor": "/audit",
}
# How long after proving who they are people may do what can't be undone.
PROOF_SECONDS = 300


class SessionNeeded(Exception):
    """There is none, or it has ended."""


class ForgedForm(Exception):
    """It was not sent from a page of this session."""


class SignInFailed(Exception):
    """`why`: refused, role or unavailable."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why if why in {"role", "unavailable"} else "refused"


class ProofNeeded(Exception):
    """What can't be undone wants somebody who just proved who they are."""


@dataclass(frozen=True, slots=True)
class Session:
    """`workspace` is empty for people of the platform."""

    token: str
    user: str
    role: str
    workspace: str
    return_url: str
    expires_at: float
    authenticated_at: float = 0.0

    @property
    def form_token(self) -> str:
        """Of every form: nobody else can tell it, and it tells nothing of the cookie."""
        return hashlib.sha256(f"form:{self.token}".encode()).hexdigest()

    @property
    def first_page(self) -> str:
        return FIRST["member" if self.workspace else self.role]

    @property
    def manages(self) -> bool:
        return self.role in MANAGING


@dataclass(frozen=True, slots=True)
class Sessions:
    """The two cookies: of a workspace's people, sent to their pages alone, and of the platform's.
    Lax, because people come back from a gateway's page by its link."""

    origin: str
    clock: Clock

    def member(self, request: Request) -> Session:
        found = self._found(request, self._name("member"))
        if found is None or not found.workspace:
            raise SessionNeeded
        return found

    def staff(self, request: Request) -> Session:
        found = self._found(request, self._name("staff"))
        if found is None or found.workspace:
            raise SessionNeeded
        return found

    def any(self, request: Request) -> Session | None:
        """Of whoever looks at this page, if they have one that lasts."""
        who = self.member if request.url.path.startswith(f"{MEMBER_AREA}/") else self.staff
        try:
            return who(request)
        except SessionNeeded:
            return None

    def begin(self, response: Response, token: str) -> None:
        session = _session(token)
        response.set_cookie(
            self._name("member" if session.workspace else "staff"),
            token,
            max_age=max(0, int(session.expires_at - self.clock().timestamp())),
            path=MEMBER_AREA if session.workspace else STAFF_AREA,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def end(self, response: Response, session: Session) -> None:
        name = self._name("member" if session.workspace else "staff")
        response.delete_cookie(name, path=MEMBER_AREA if session.workspace else STAFF_AREA)

    def check_form(self, request: Request, session: Session, token: str) -> None:
        """Raises ForgedForm. Browsers say with each form where it stood; where one leaves that out,
        the token decides alone."""
        origin = request.headers.get("origin")
        own = {self.origin, f"{request.url.scheme}://{request.url.netloc}"}
        if origin is not None and origin not in own:
            raise ForgedForm
        if not hmac.compare_digest(token.encode(), session.form_token.encode()):
            raise ForgedForm

    def has_proved(self, session: Session) -> bool:
        """A session that lies open on a desk for a while has not."""
        return session.authenticated_at + PROOF_SECONDS > self.clock().timestamp()

    @property
    def _secure(self) -> bool:
        return urlsplit(self.origin).scheme == "https"

    def _name(self, who: str) -> str:
        return f"{'__Secure-' if self._secure else ''}billing_{who}"

    def _found(self, request: Request, name: str) -> Session | None:
        token = request.cookies.get(name, "")
        try:
            session = _session(token)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return session if session.expires_at > self.clock().timestamp() else None


def _session(token: str) -> Session:
    claims: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    memberships = dict(claims.get("workspaces") or {})
    roles = list(claims.get("roles") or [])
    workspace, role = next(iter(memberships.items()), ("", ""))
    if workspace and not is_workspace_id(workspace):
        raise ValueError("no workspace")
    return Session(
        token=token,
        user=str(claims["sub"]),
        role=str(role or next(each for each in STAFF if each in roles)),
        workspace=str(workspace),
        return_url=str(claims.get("return_url") or ""),
        expires_at=float(claims["exp"]),
        authenticated_at=float(claims.get("auth_time") or 0),
    )
