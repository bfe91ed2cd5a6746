"""Access tokens: given ones, and ones that a service signs for itself."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import jwt

RENEW_SECONDS = 30.0
MOST_TOKENS = 10_000


class Credentials(Protocol):
    def token(self, workspace: str, /) -> str:
        """For a call about that workspace; empty when it is about none."""


@dataclass(frozen=True, slots=True)
class GivenToken:
    """One that somebody else signed, or a function that knows the present one."""

    source: str | Callable[[], str]

    def token(self, _workspace: str, /) -> str:
        return self.source if isinstance(self.source, str) else self.source()


@dataclass(frozen=True)
class ServiceTokens:
    """Signs with the secret that the billing system verifies with, or with a private key and its
    `algorithm`. Each token lives for `lifetime` seconds and is used until shortly before its end.

    `workspaces` are roles by workspace. A host that has checked by itself what its user may do
    gives `member="owner"` instead: a call about a workspace is then made as that role in it."""

    secret: str | bytes
    roles: Sequence[str] = ("service",)
    workspaces: Mapping[str, str] = field(default_factory=dict)
    subject: str = "host"
    member: str | None = None
    email: str | None = None
    name: str | None = None
    issuer: str | None = None
    audience: str | None = None
    lifetime: float = 600.0
    algorithm: str = "HS256"
    key_id: str | None = None
    clock: Callable[[], float] = time.time
    _minted: OrderedDict[str, tuple[float, str]] = field(
        default_factory=OrderedDict, init=False, repr=False, compare=False
    )
    _lock: threading.Lock = field(
        default_factory=threading.Lock, init=False, repr=False, compare=False
    )

    def for_user(
        self,
        subject: str,
        workspaces: Mapping[str, str],
        *,
        email: str | None = None,
        name: str | None = None,
    ) -> ServiceTokens:
        """Of a person with these roles by workspace, and no role of the platform."""
        return replace(
            self,
            subject=subject,
            email=email,
            name=name,
            roles=(),
            workspaces=dict(workspaces),
            member=None,
        )

    def token(self, workspace: str = "", /) -> str:
        scope = workspace if self.member else ""
        with self._lock:
            until, known = self._minted.get(scope, (0.0, ""))
            if until - RENEW_SECONDS > self.clock():
                return known
            expires = self.clock() + self.lifetime
            minted = self._mint(scope, expires)
            self._minted[scope] = (expires, minted)
            self._minted.move_to_end(scope)
            if len(self._minted) > MOST_TOKENS:
                self._minted.popitem(last=False)
            return minted

    def _mint(self, workspace: str, expires: float) -> str:
        workspaces = dict(self.workspaces)
        if workspace and self.member:
            workspaces.setdefault(workspace, self.member)
        claims: dict[str, Any] = {
            "sub": self.subject,
            "exp": int(expires),
            "roles": list(self.roles),
            "workspaces": workspaces,
            "email": self.email,
            "name": self.name,
            "iss": self.issuer,
            "aud": self.audience,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.key_id} if self.key_id else None
        return jwt.encode(given, self.secret, self.algorithm, headers=headers)
