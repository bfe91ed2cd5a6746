"""A provider of OpenID Connect that says who somebody is: the authorization code flow with PKCE."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

log = structlog.get_logger()

METADATA = "/.well-known/openid-configuration"
SECONDS = 10.0
# How much clocks of two machines may differ.
LEEWAY = 60
ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
Claims = Mapping[str, Any]


class ProviderUnavailable(Exception):
    """It did not answer, or not as a provider does."""


class SignInRefused(Exception):
    """What came back does not say who somebody is."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one browser keeps until it comes back: the answer has to fit all of it."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        return cls(generate_token(32), generate_token(32), generate_token(64))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, and the ID token that says it."""

    claims: Claims
    token: str


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """`redirect_uri` is ours, as it is registered at the provider."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scope: str = "openid profile email"

    def address(self, attempt: Attempt, *, again: bool) -> str:
        """Where a browser is sent. `again`: also whoever is signed in there has to prove it."""
        proof = {"prompt": "login", "max_age": 0} if again else {}
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._metadata(session)["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **proof,
            )
        return str(url)

    def leaving(self, back: str, hint: str) -> str | None:
        """Where a browser is sent to be signed out there too, and from there `back`; None where the
        provider has no such place. By the `hint`, the ID token of the sign-in, the provider knows
        whose session ends, and need not ask; it may be empty."""
        with self._session() as session:
            place = self._metadata(session).get("end_session_endpoint")
        if not place:
            return None
        query = {"client_id": self.client_id, "post_logout_redirect_uri": back}
        query |= {"id_token_hint": hint} if hint else {}
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    def identity(self, attempt: Attempt, state: str, code: str) -> Identity:
        """Who came back. Raises SignInRefused, or ProviderUnavailable."""
        if not code or not hmac.compare_digest(state.encode(), attempt.state.encode()):
            raise SignInRefused
        try:
            with self._session() as session:
                return self._verified(session, attempt, code)
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
            log.warning("sign_in_refused", error=f"{type(error).__name__}: {error}"[:300])
            raise SignInRefused from error

    def _verified(self, session: Any, attempt: Attempt, code: str) -> Identity:
        metadata = self._metadata(session)
        try:
            token = session.fetch_token(
                metadata["token_endpoint"],
                code=code,
                code_verifier=attempt.verifier,
                timeout=SECONDS,
            )
        except RequestException as error:
            raise ProviderUnavailable from error
        keys = KeySet.import_key_set(_fetched(session, metadata["jwks_uri"]))
        read = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self.client_id},
            },
            params={
                "nonce": attempt.nonce,
                "client_id": self.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(leeway=LEEWAY)
        return Identity(dict(claims), str(token["id_token"]))

    def _metadata(self, session: Any) -> Claims:
        found: Claims = _fetched(session, self.issuer + METADATA)
        if str(found.get("issuer", "")).rstrip("/") != self.issuer:
            raise ProviderUnavailable
        return found

    def _session(self) -> Any:
        session = OAuth2Session(
            self.client_id,
            self.client_secret,
            scope=self.scope,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )
        session.trust_env = False
        return session


def _fetched(session: Any, url: str) -> Any:
    try:
        answer = session.get(url, withhold_token=True, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (RequestException, ValueError) as error:
        raise ProviderUnavailable from error
    if not isinstance(found, dict):
        raise ProviderUnavailable
    return found
