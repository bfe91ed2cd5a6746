"""Who calls a direct route on the framework's way, and what they ask to see."""

from __future__ import annotations

import re
from collections.abc import Collection

from starlette.requests import Request

from kernel.errors import Forbidden, ValidationFailed
from kernel.ids import is_workspace_id
from kernel.text import is_line
from runtime.eventstore.command import current_trace
from runtime.readmodels.read_your_writes import POSITION, named
from runtime.web.auth import Authenticator
from runtime.web.direct import LONGEST_ID, Call
from runtime.web.rates import Rates

ROLE = "service"
NO_POSITION = "is no position such as billing:42"


class Callers:
    def __init__(self, authenticator: Authenticator, rates: Rates) -> None:
        self._authenticator = authenticator
        self._rates = rates

    def call(self, request: Request, roles: Collection[str]) -> Call:
        """Raises Unauthenticated or Forbidden, then ValidationFailed; the body is not read."""
        principal = self._authenticator.authenticate_header(header(request, b"authorization"))
        trace = current_trace()
        if trace is not None:
            trace.caller = principal.subject
        workspace = _workspace(request)
        if not principal.has_one_of(roles, workspace):
            raise Forbidden
        if ROLE not in principal.roles:
            self._rates.callers.spend(principal.subject)
        if trace is not None:
            trace.workspace = workspace
        accept = header(request, b"accept") or ""
        return Call(principal, workspace, _usage_id(request), accept, request.body)


def header(request: Request, name: bytes) -> str | None:
    """The first header of that lower-case name."""
    for key, value in request.scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def position_of(request: Request) -> tuple[str, int]:
    """What `?after=` names; no service when it names nothing. Raises ValidationFailed."""
    after = request.query_params.get("after", "")
    if after and not re.fullmatch(POSITION, after):
        raise ValidationFailed(fields=[{"field": "query.after", "message": NO_POSITION}])
    return named(after)


def _workspace(request: Request) -> str:
    """Raises Forbidden for what can't be one."""
    workspace: str | None = request.path_params.get("ws")
    if workspace is not None and not is_workspace_id(workspace):
        raise Forbidden
    return workspace or ""


def _usage_id(request: Request) -> str:
    """The caller's own id of what the path names."""
    given: str | None = request.path_params.get("id")
    if given is not None and (not 1 <= len(given) <= LONGEST_ID or not is_line(given)):
        raise ValidationFailed(f"An id has 1 to {LONGEST_ID} characters that can be stored.")
    return given or ""
