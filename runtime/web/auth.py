"""Who calls: bearer JWTs, and the rules of who may do what.

Annotations are real objects here: FastAPI can't resolve the names in those of a `Rule`.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from kernel.cause import Cause
from kernel.errors import Forbidden, NotFound, Unauthenticated
from kernel.ids import is_workspace_id
from runtime.eventstore.command import current_trace
from runtime.web.address import address_of
from runtime.web.claims import email_of, name_of, roles_of, subject_of, workspaces_of
from runtime.web.rates import Rates
from runtime.web.tokens import Verifier

MANAGING_ROLES = ("owner", "admin")
MEMBER_ROLES = (*MANAGING_ROLES, "editor", "viewer")
SUPPORTING_ROLES = ("support", "super_admin")
READING_ROLES = (*MEMBER_ROLES, "service", *SUPPORTING_ROLES)
# The scope of what needs no token.
ANYBODY = "anybody"
CACHED_TOKENS = 10_000
bearer = HTTPBearer(
    scheme_name="bearer",
    auto_error=False,
    bearerFormat="JWT",
    description="A JWT, signed with the shared secret (HS256) or a key of the JWKS URL (RS256, "
    "ES256). Claims: `sub`, `exp`, `roles` on the platform, and `workspaces`, the role by "
    "workspace id. An operation lists the roles of which one is enough.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


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

    def has_one_of(self, roles: Collection[str], workspace: str) -> bool:
        """On the platform, or in that workspace."""
        inside = self.workspaces.get(workspace)
        return (inside in MEMBER_ROLES and inside in roles) or any(
            role in roles for role in self.roles if role not in MEMBER_ROLES
        )

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

    def remembered(self, token: str) -> Principal | None:
        """The caller, if the token was verified before and is still good."""
        known = self._verified.get(token)
        if known is None or known[0] <= time.time() or known[1] != self._verifier.keys.version:
            return None
        return known[2]

    def authenticate(self, token: str) -> Principal:
        """Raises Unauthenticated, saying why."""
        return self.remembered(token) or self._verify(token)

    def _verify(self, token: str) -> Principal:
        version = self._verifier.keys.version
        claims = self._verifier.claims(token)
        principal = _principal(claims)
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = (int(claims["exp"]), version, principal)
        return principal


def _principal(claims: Mapping[str, Any]) -> Principal:
    return Principal(
        subject=subject_of(claims),
        roles=roles_of(claims),
        workspaces=workspaces_of(claims),
        email=email_of(claims),
        name=name_of(claims),
    )


Allows = Callable[[Principal, Request], Awaitable[bool]]


class Rule:
    """A dependency: the caller, who must be allowed to do what the request asks for. Runs on the
    event loop."""

    def __init__(self, access: "Access", allows: Allows) -> None:
        self._access = access
        self._allows = allows

    async def __call__(self, request: Request, credentials: Credentials) -> Principal:
        principal = self._access.caller(request, credentials)
        workspace = request.path_params.get("ws", "")
        if workspace and not is_workspace_id(workspace):
            raise Forbidden
        if not await self._allows(principal, request):
            raise Forbidden
        self._access.rates.callers.spend(principal.subject)
        return principal


class Access:
    """The table of who may do what, as FastAPI dependencies. Workspace rules read the path
    parameter `ws`; another workspace answers `forbidden`, whether or not it exists."""

    def __init__(self, authenticator: Authenticator, rates: Rates | None = None) -> None:
        self._authenticator = authenticator
        self.rates = rates or Rates()

    def caller(self, request: Request, credentials: Credentials) -> Principal:
        """Any valid token. Raises Unauthenticated, or RateLimited."""
        if credentials is None:
            raise Unauthenticated
        principal = self._authenticator.authenticate(credentials.credentials)
        trace = current_trace()
        if trace is not None:
            trace.workspace = request.path_params.get("ws", "")
            trace.caller = principal.subject
        return principal

    @property
    def anybody(self) -> Any:
        """Also without a token, but then neither as fast nor as often."""

        async def check(request: Request, credentials: Credentials) -> None:
            if credentials is None:
                address = address_of(request.scope)
                self.rates.anonymous.spend(address)
                await self.rates.pace.wait(address)

        return Security(check, scopes=[ANYBODY])

    @property
    def authenticated(self) -> Any:
        async def allows(_: Principal, __: Request) -> bool:
            return True

        return Depends(Rule(self, allows))

    @property
    def workspace_admin(self) -> Any:
        """Nobody else, not even super_admin."""
        return self._rule(*MANAGING_ROLES)

    @property
    def workspace_admin_or_support(self) -> Any:
        return self._rule(*MANAGING_ROLES, *SUPPORTING_ROLES)

    @property
    def workspace_reader(self) -> Any:
        return self._rule(*READING_ROLES)

    @property
    def support(self) -> Any:
        return self._rule(*SUPPORTING_ROLES)

    @property
    def service(self) -> Any:
        return self._rule("service")

    @property
    def service_or_admin(self) -> Any:
        return self._rule("service", "super_admin")

    @property
    def super_admin(self) -> Any:
        return self._rule("super_admin")

    @property
    def auditor(self) -> Any:
        return self._rule("auditor", "super_admin")

    def concerned(self, workspace_of: Callable[[str], str]) -> Any:
        """Owners and admins of the workspace that the object `id` in the path belongs to, support,
        and super_admin. `workspace_of` may wait, and raises NotFound: which tells only the
        platform's people that there is none."""

        async def allows(principal: Principal, request: Request) -> bool:
            if principal.is_any_of(*SUPPORTING_ROLES):
                return True
            try:
                found = await run_in_threadpool(workspace_of, request.path_params["id"])
            except NotFound:
                return False
            return principal.manages(found)

        return Security(Rule(self, allows), scopes=[*MANAGING_ROLES, *SUPPORTING_ROLES])

    def _rule(self, *roles: str) -> Any:
        """One of them is enough: in the workspace in the path, or on the platform. The document
        shows them as scopes."""

        async def allows(principal: Principal, request: Request) -> bool:
            return principal.has_one_of(roles, request.path_params.get("ws", ""))

        return Security(Rule(self, allows), scopes=list(roles))
