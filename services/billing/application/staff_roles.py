"""Which role on the platform somebody has, by the groups that the sign-in provider knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The strongest first: who is in several groups has the first of these.
STAFF_ROLES = ("super_admin", "support", "auditor")


@dataclass(frozen=True, slots=True)
class StaffRoles:
    """`claim` lists somebody's groups, `roles` says what each group is."""

    claim: str
    roles: Mapping[str, str]

    def role_of(self, claims: Mapping[str, Any]) -> str | None:
        """None: nobody of the platform."""
        listed = claims.get(self.claim)
        groups = [listed] if isinstance(listed, str) else listed if isinstance(listed, list) else []
        known = {self.roles.get(group) for group in groups if isinstance(group, str)}
        return next((role for role in STAFF_ROLES if role in known), None)
