"""A provider of OpenID Connect, made of Authlib's server parts: people sign in by their name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx
from authlib.oauth2.rfc6749 import AuthorizationServer, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from joserfc.jwk import KeySet, RSAKey

from tests.support.local_server import Answer, Call, LocalServer
from tests.support.openid_records import CLIENT, Account, Client, Code, Request


@dataclass
class Provider:
    """`signs_in` says who sits at the browser. With another `key` than the published one, what is
    signed is somebody else's."""

    server: LocalServer | None = None
    accounts: dict[str, Account] = field(default_factory=dict)
    browser: Account | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    left: list[dict[str, str]] = field(default_factory=list)
    # Whether people can be sent here to sign out.
    lets_go: bool = True

    def __post_init__(self) -> None:
        self.published = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self.key = self.published
        self.issued: dict[str, Code] = {}
        self._oauth = _oauth(self)

    @property
    def issuer(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def signs_in(self, name: str, *groups: str, ago: int = 0) -> None:
        """Somebody is signed in here since then."""
        self.browser = Account(name, list(groups), int(time.time()) - ago)
        self.accounts[name] = self.browser

    def respond(self, call: Call) -> Answer:
        if call.path == "/.well-known/openid-configuration":
            return Answer(body=self._metadata())
        if call.path == "/keys":
            return Answer(body=dict(KeySet([self.published]).as_dict(private=False)))
        if call.path == "/authorize":
            return self._authorized(call)
        if call.path == "/logout":
            self.left.append(call.query)
            self.browser = None
            return Answer(302, None, {"Location": call.query["post_logout_redirect_uri"]})
        return self._answered(call, dict(httpx.QueryParams(call.body.decode())))

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **({"end_session_endpoint": f"{self.issuer}/logout"} if self.lets_go else {}),
        }

    def _authorized(self, call: Call) -> Answer:
        self.asked.append(call.query)
        person = self.browser
        if person is None:
            return Answer(401, "Who are you?")
        if call.query.get("prompt") == "login":
            person.authenticated_at = int(time.time())
        request = Request(call, self.issuer, call.query)
        grant = self._oauth.get_consent_grant(request, person)
        answer = self._oauth.create_authorization_response(request, person, grant=grant)
        assert isinstance(answer, Answer)
        return answer

    def _answered(self, call: Call, fields: dict[str, str]) -> Answer:
        answer = self._oauth.create_token_response(Request(call, self.issuer, fields))
        assert isinstance(answer, Answer)
        return answer


class Server(AuthorizationServer):
    def query_client(self, client_id: str) -> Any:
        return Client() if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None:
        """Nothing else is asked for with it."""

    def create_oauth2_request(self, request: Any) -> Any:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        return Answer(status, body or None, dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


def _oauth(provider: Provider) -> Any:
    server = Server()
    server.register_token_generator("default", BearerTokenGenerator(_access_token))
    extensions: list[Any] = [_id_token(provider)(require_nonce=True), CodeChallenge(required=True)]
    server.register_grant(_grant(provider), extensions)
    return server


def _grant(provider: Provider) -> type[grants.AuthorizationCodeGrant]:
    """Authlib's classes have to be extended where a provider keeps things."""

    class Grant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - as in its base

        def save_authorization_code(self, code: str, request: Any) -> None:
            provider.issued[code] = Code(request.form, request.user)

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return provider.issued.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.issued = {k: v for k, v in provider.issued.items() if v != authorization_code}

        def authenticate_user(self, authorization_code: Code) -> Account:
            return authorization_code.account

    return Grant


def _id_token(provider: Provider) -> type[OpenIDCode]:
    class IdToken(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def get_client_algorithm(self, client: Any) -> str:
            return "RS256"

        def get_encode_header(self, client: Any) -> dict[str, str]:
            return {"alg": "RS256", "kid": str(provider.published.kid)}

        def resolve_client_private_key(self, client: Any) -> Any:
            return provider.key

        def get_client_claims(self, client: Any) -> dict[str, Any]:
            return {"iss": provider.issuer, "aud": [CLIENT]}

        def generate_user_info(self, user: Account, scope: str) -> UserInfo:
            return UserInfo(sub=user.name, groups=user.groups)

    return IdToken


def _access_token(*_: Any, **__: Any) -> str:
    return "an access token that opens nothing"


@contextmanager
def openid_provider() -> Iterator[Provider]:
    provider = Provider()
    server = LocalServer(provider.respond)
    provider.server = server
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
