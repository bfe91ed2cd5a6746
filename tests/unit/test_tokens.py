"""Which bearer tokens are ours: rotated secrets, issuer, audience, odd claims."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest

from kernel.errors import Unauthenticated
from runtime.web.auth import Authenticator
from runtime.web.tokens import SharedSecrets, Verifier, key_id_of

OLD, NEW, FOREIGN = "o" * 40, "n" * 40, "f" * 40


def token(secret: str, kid: str | None = None, **claims: Any) -> str:
    facts = json.dumps({"sub": "ann", "exp": time.time() + 60, **claims}).encode()
    return jwt.api_jws.encode(facts, secret, "HS256", {"kid": kid} if kid else None)


def verifier(*secrets: str, issuer: str = "", audiences: tuple[str, ...] = ()) -> Verifier:
    return Verifier(SharedSecrets(secrets), issuer, audiences)


class TestRotatedSecrets:
    @pytest.mark.parametrize("secret", [OLD, NEW])
    def test_a_token_of_either_is_valid(self, secret: str) -> None:
        assert verifier(NEW, OLD).claims(token(secret))["sub"] == "ann"

    def test_a_key_id_chooses_the_secret(self) -> None:
        assert verifier(NEW, OLD).claims(token(OLD, key_id_of(OLD)))["sub"] == "ann"

    def test_a_key_id_of_somebody_else_does_not_matter(self) -> None:
        assert verifier(NEW, OLD).claims(token(OLD, "2024-key"))["sub"] == "ann"

    def test_a_secret_that_was_taken_out_is_refused(self) -> None:
        with pytest.raises(Unauthenticated):
            verifier(NEW).claims(token(OLD))

    def test_an_expired_token_of_an_old_secret_says_so(self) -> None:
        with pytest.raises(Unauthenticated, match="expired"):
            verifier(NEW, OLD).claims(token(OLD, exp=1))

    def test_a_key_id_tells_nothing_of_the_secret(self) -> None:
        assert key_id_of(OLD) not in OLD
        assert len(key_id_of(OLD)) == 16


class TestIssuerAndAudience:
    def test_while_none_is_set_any_is_fine(self) -> None:
        assert verifier(NEW).claims(token(NEW, aud="somebody", iss="else"))["aud"] == "somebody"

    @pytest.mark.parametrize("audience", ["ours", ["theirs", "ours"]])
    def test_a_token_for_us_is_fine(self, audience: Any) -> None:
        assert verifier(NEW, audiences=("ours", "alias")).claims(token(NEW, aud=audience))

    @pytest.mark.parametrize(
        "claims", [{}, {"aud": "theirs"}, {"aud": []}, {"aud": 7}, {"aud": [None]}]
    )
    def test_a_token_for_others_is_refused(self, claims: dict[str, Any]) -> None:
        with pytest.raises(Unauthenticated):
            verifier(NEW, audiences=("ours",)).claims(token(NEW, **claims))

    @pytest.mark.parametrize("claims", [{}, {"iss": "https://else"}, {"iss": ["https://id"]}])
    def test_a_token_of_another_issuer_is_refused(self, claims: dict[str, Any]) -> None:
        with pytest.raises(Unauthenticated):
            verifier(NEW, issuer="https://id").claims(token(NEW, **claims))

    def test_a_token_of_our_issuer_is_fine(self) -> None:
        assert verifier(NEW, issuer="https://id").claims(token(NEW, iss="https://id"))


class TestOddTokens:
    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": float("inf")},
            {"exp": float("nan")},
            {"exp": "soon"},
            {"exp": None},
            {"exp": [1]},
            {"nbf": 10**400},
            {"iat": {}},
            {"sub": 7},
            {"sub": None},
            {"roles": "admin"},
            {"workspaces": ["acme"]},
        ],
    )
    def test_are_refused(self, claims: dict[str, Any]) -> None:
        header = f"Bearer {token(NEW, **claims)}"
        with pytest.raises(Unauthenticated):
            Authenticator(verifier(NEW)).authenticate_header(header)

    def test_a_token_that_expires_after_all_time_is_valid(self) -> None:
        known = Authenticator(verifier(NEW)).authenticate(token(NEW, exp=10**400))
        assert known.subject == "ann"

    @pytest.mark.parametrize("text", ["", "a.b.c", "ey.ey.ey", "e30.e30.", "\ud83d.x.y", "é.é.é"])
    def test_what_is_no_token_is_refused(self, text: str) -> None:
        with pytest.raises(Unauthenticated):
            Authenticator(verifier(NEW)).authenticate(text)

    def test_no_algorithm_but_ours_is_accepted(self) -> None:
        unsigned = jwt.encode({"sub": "ann", "exp": time.time() + 60}, "", "none")
        with pytest.raises(Unauthenticated):
            verifier(NEW).claims(unsigned)
