"""Who calls: bearer JWTs, and the rules of who may do what."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from kernel.cause import Cause
from kernel.errors import Forbidden, Unauthenticated
from kernel.ids import is_workspace_id
from runtime.eventstore.command import current_trace
from runtime.web.tokens import Verifier

MANAGING_ROLES = frozenset({"owner", "admin"})
MEMBER_ROLES = frozenset({"owner", "admin", "editor", "viewer"})
CACHED_TOKENS = 10_000
bearer = HTTPBearer(auto_error=False, bearerFormat="JWT")


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified claims of one token."""

    subject: str
    roles: frozenset[str] = frozenset()
    workspaces: Mapping[str, str] = field(default_factory=dict)
    email: str | None = None
    name: str | None = None

    def is_any_of(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def manages(self, workspace: str) -> bool:
        return self.workspaces.get(workspace) in MANAGING_ROLES

    def is_member_of(self, workspace: str) -> bool:
        return self.workspaces.get(workspace) in MEMBER_ROLES

    @property
    def actor(self) -> str:
        return f"{'service' if 'service' in self.roles else 'user'}:{self.subject}"

    def cause(self) -> Cause:
        """The cause of the command that this caller's current request is."""
        trace = current_trace()
        if trace is None:
            return Cause(self.actor)
        request = trace.request_id
        return Cause(self.actor, request, f"request:{request}", trace.traceparent)


class Authenticator:
    """Reads bearer tokens. Verified ones are remembered until they expire or keys change."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        # By token: until when, under which version of the keys, and who it is.
        self._verified: dict[str, tuple[int, int, Principal]] = {}

    def authenticate_header(self, authorization: str | None) -> Principal:
        """Reads `Bearer <token>`; raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        return self.authenticate(token)

    def authenticate(self, token: str) -> Principal:
        """Raises Unauthenticated, saying why."""
        version = self._verifier.keys.version
        known = self._verified.get(token)
        if known is not None and known[0] > time.time() and known[1] == version:
            return known[2]
        claims = self._verifier.claims(token)
        principal = _principal(claims)
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = (int(claims["exp"]), version, principal)
        return principal


def _principal(claims: Mapping[str, Any]) -> Principal:
    roles, workspaces = claims.get("roles", []), claims.get("workspaces", {})
    if not isinstance(roles, list) or not isinstance(workspaces, dict):
        raise Unauthenticated("The token's roles or workspaces have the wrong shape.")
    return Principal(
        subject=str(claims["sub"]),
        roles=frozenset(str(role) for role in roles),
        workspaces={str(name): str(role) for name, role in workspaces.items()},
        email=claims.get("email"),
        name=claims.get("name"),
    )


class Access:
    """The table of who may do what, as FastAPI dependencies. Workspace rules read the path
    parameter `ws`; another workspace answers `forbidden`, whether or not it exists."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def caller(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Principal:
        """Any valid token."""
        if credentials is None:
            raise Unauthenticated
        trace = current_trace()
        if trace is not None:
            trace.workspace = request.path_params.get("ws", "")
        return self._authenticator.authenticate(credentials.credentials)

    @property
    def authenticated(self) -> Any:
        return Depends(self.caller)

    @property
    def workspace_admin(self) -> Any:
        """Owner or admin of the workspace in the path; nobody else, not even super_admin."""
        return self._rule(lambda principal, ws: principal.manages(ws))

    @property
    def workspace_reader(self) -> Any:
        """Any member of the workspace in the path, services, and super_admin."""
        return self._rule(
            lambda principal, ws: (
                principal.is_member_of(ws) or principal.is_any_of("service", "super_admin")
            )
        )

    @property
    def service(self) -> Any:
        return self._rule(lambda principal, _: principal.is_any_of("service"))

    @property
    def super_admin(self) -> Any:
        return self._rule(lambda principal, _: principal.is_any_of("super_admin"))

    @property
    def auditor(self) -> Any:
        return self._rule(lambda principal, _: principal.is_any_of("auditor", "super_admin"))

    def _rule(self, allows: Any) -> Any:
        def check(
            request: Request,
            credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
        ) -> Principal:
            principal = self.caller(request, credentials)
            workspace = request.path_params.get("ws", "")
            if not allows(principal, workspace) or (workspace and not is_workspace_id(workspace)):
                raise Forbidden
            return principal

        return Depends(check)
