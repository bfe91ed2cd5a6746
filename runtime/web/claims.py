"""Claims of a verified token: whoever signed it, they are stored, compared and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.errors import Unauthenticated
from kernel.text import is_line

Claims = Mapping[str, Any]
LONGEST_SUBJECT = 255
LONGEST_EMAIL = 254
LONGEST_NAME = 255
# Of a workspace's id, and of a role.
LONGEST_WORD = 128


def subject_of(claims: Claims) -> str:
    """All of these raise Unauthenticated."""
    return _text("sub", claims.get("sub"), LONGEST_SUBJECT)


def email_of(claims: Claims) -> str | None:
    return _optional("email", claims, LONGEST_EMAIL)


def name_of(claims: Claims) -> str | None:
    return _optional("name", claims, LONGEST_NAME)


def roles_of(claims: Claims) -> frozenset[str]:
    roles = claims.get("roles", [])
    if not isinstance(roles, list):
        raise _refused("roles")
    return frozenset(_text("roles", role, LONGEST_WORD) for role in roles)


def workspaces_of(claims: Claims) -> dict[str, str]:
    workspaces = claims.get("workspaces", {})
    if not isinstance(workspaces, dict):
        raise _refused("workspaces")
    return {
        _text("workspaces", name, LONGEST_WORD): _text("workspaces", role, LONGEST_WORD)
        for name, role in workspaces.items()
    }


def _optional(claim: str, claims: Claims, longest: int) -> str | None:
    value = claims.get(claim)
    return None if value is None else _text(claim, value, longest)


def _text(claim: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not is_line(value):
        raise _refused(claim)
    return value


def _refused(claim: str) -> Unauthenticated:
    return Unauthenticated(f"The token's claim {claim!r} can't be used.")
