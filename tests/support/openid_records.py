"""What a provider of OpenID Connect keeps and is asked, in the forms that Authlib wants."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

from tests.support.local_server import Call

CLIENT, SECRET = "billing-pages", "a secret of the provider's client"
CALLBACK = "/v1/pages/sign-in/callback"


@dataclass
class Account:
    name: str
    groups: list[str]
    # When they last typed their password; zero: not signed in here.
    authenticated_at: int = 0

    def get_user_id(self) -> str:
        return self.name


@dataclass
class Code:
    asked: dict[str, str]
    account: Account

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str:
        return self.asked["nonce"]

    def get_auth_time(self) -> int:
        return self.account.authenticated_at

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None

    @property
    def code_challenge(self) -> str:
        return self.asked["code_challenge"]

    @property
    def code_challenge_method(self) -> str:
        return "S256"


class Client:
    def get_client_id(self) -> str:
        return CLIENT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return urlsplit(uri).path == CALLBACK

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Payload(OAuth2Payload):
    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    @property
    def data(self) -> dict[str, str]:
        return self._fields

    @property
    def datalist(self) -> dict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self._fields.items()})


class Request(OAuth2Request):
    def __init__(self, call: Call, host: str, fields: dict[str, str]) -> None:
        super().__init__(call.method, host + call.path, headers=_headers(call))
        self.payload = Payload(fields)
        self._fields = fields

    @property
    def args(self) -> dict[str, str | None]:
        return dict(self._fields)

    @property
    def form(self) -> dict[str, str]:
        return self._fields


def _headers(call: Call) -> dict[str, str]:
    return {name.title(): value for name, value in call.headers.items()}
