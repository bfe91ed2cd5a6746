"""Who calls a direct route, and for which workspace: services only."""

from __future__ import annotations

from starlette.requests import Request

from kernel.errors import Forbidden, ValidationFailed
from kernel.ids import is_workspace_id
from kernel.text import is_line
from runtime.eventstore.command import current_trace
from runtime.web.auth import Authenticator, Principal

LONGEST_ID = 255


class Callers:
    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def service(self, request: Request) -> Principal:
        """Raises Unauthenticated or Forbidden."""
        principal = self._authenticator.authenticate_header(header(request, b"authorization"))
        trace = current_trace()
        if trace is not None:
            trace.caller = principal.subject
        if "service" not in principal.roles:
            raise Forbidden
        return principal

    def workspace(self, request: Request) -> str:
        """The workspace in the path. Raises Forbidden for what can't be one."""
        workspace: str = request.path_params["ws"]
        if not is_workspace_id(workspace):
            raise Forbidden
        trace = current_trace()
        if trace is not None:
            trace.workspace = workspace
        return workspace


def header(request: Request, name: bytes) -> str | None:
    """The first header of that lower-case name."""
    for key, value in request.scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def usage_id(request: Request) -> str:
    """The caller's id in the path. Raises ValidationFailed."""
    given: str = request.path_params["id"]
    if not 1 <= len(given) <= LONGEST_ID or not is_line(given):
        raise ValidationFailed(f"An id has 1 to {LONGEST_ID} characters that can be stored.")
    return given
