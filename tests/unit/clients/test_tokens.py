"""Tokens that a service signs for itself, read by the system's own verifier."""

from __future__ import annotations

from tests.support.tokens import SECRET, authenticator_of
from workspace_billing import ServiceTokens

VERIFIER = authenticator_of(SECRET)


class TestServiceTokens:
    def test_the_system_reads_them(self) -> None:
        tokens = ServiceTokens(SECRET, roles=["service"], workspaces={"acme": "owner"})
        caller = VERIFIER.authenticate(tokens.token())
        assert caller.subject == "host"
        assert caller.roles == {"service"}
        assert caller.manages("acme")

    def test_a_host_acts_as_member_of_the_workspace_that_a_call_is_about(self) -> None:
        tokens = ServiceTokens(SECRET, member="owner")
        assert VERIFIER.authenticate(tokens.token("acme")).workspaces == {"acme": "owner"}
        assert VERIFIER.authenticate(tokens.token("")).workspaces == {}

    def test_a_users_token_has_no_role_of_the_platform(self) -> None:
        service = ServiceTokens(SECRET, roles=["super_admin"], member="owner")
        ann = service.for_user("ann", {"acme": "admin"}, email="ann@acme.example", name="Ann")
        caller = VERIFIER.authenticate(ann.token("other"))
        assert (caller.subject, caller.email, caller.name) == ("ann", "ann@acme.example", "Ann")
        assert (caller.roles, dict(caller.workspaces)) == (frozenset(), {"acme": "admin"})

    def test_one_is_used_until_shortly_before_its_end(self) -> None:
        now = [1_800_000_000.0]
        tokens = ServiceTokens(SECRET, lifetime=600, clock=lambda: now[0])
        first = tokens.token()
        now[0] += 569
        assert tokens.token() == first
        now[0] += 2
        assert tokens.token() != first
