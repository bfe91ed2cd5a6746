"""PayPal's HTTP conventions: bearer token, request ids, error bodies, bounded retries."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

import httpx

from gateways.paypal.failures import failure, throttled_for
from gateways.port import GatewayRejected, GatewayUnavailable
from kernel.clock import Clock

Json = dict[str, Any]

LIVE = "https://api-m.paypal.com"
_NAMESPACE = uuid.UUID("1b0c1f6e-6f7b-5c1e-9a58-2c1d8a3f7e42")
_DELAYS = (0.2, 0.6)
_LONGEST_THROTTLE = 2.0


def request_id(command_id: str, step: str) -> str:
    """A stable `PayPal-Request-Id` (36 characters; some endpoints take 38 at most). PayPal
    remembers it for 72 hours (products, plans, subscriptions), 6 hours (orders and their capture),
    30 days (refund of a sale) or 45 days (refund of a capture)."""
    return str(uuid.uuid5(_NAMESPACE, f"{command_id}\n{step}"))


class PayPalClient:
    """Thread-safe. Every call is bounded by `timeout` seconds an attempt, three attempts at most;
    only reads and requests with a request id are repeated. `pause` is given by tests only."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        clock: Clock,
        api_base: str = LIVE,
        timeout: float = 20.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = httpx.BasicAuth(client_id, client_secret)
        self._http = httpx.Client(base_url=api_base, timeout=timeout, follow_redirects=False)
        self.clock = clock
        self.timeout = timeout
        self._pause = pause
        self._lock = threading.Lock()
        self._token = ""
        self._expires = clock()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Json:
        # The plan list leaves billing cycles out without this preference.
        headers = {"Prefer": "return=representation"}
        return self._call("GET", path, headers, params=params, repeat=True)

    def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """`key`: see `request_id`; without one an unclear outcome is never repeated here."""
        headers = {"Prefer": "return=representation"}
        if key is not None:
            headers["PayPal-Request-Id"] = key
        return self._call("POST", path, headers, body=body, repeat=key is not None)

    def patch(self, path: str, operations: list[Json]) -> Json:
        """JSON Patch; the same replacements may be made again."""
        return self._call("PATCH", path, {}, body=operations, repeat=True)

    def _call(
        self,
        method: Literal["GET", "POST", "PATCH"],
        path: str,
        headers: dict[str, str],
        *,
        params: Mapping[str, str | int] | None = None,
        body: Json | list[Json] | None = None,
        repeat: bool,
    ) -> Json:
        request = self._http.build_request(method, path, headers=headers, params=params, json=body)
        for delay in _DELAYS if repeat else ():
            try:
                return self._authorized(request)
            except GatewayUnavailable as unavailable:
                wait = max(delay, throttled_for(unavailable))
                if wait > _LONGEST_THROTTLE:
                    raise
            self._pause(wait)
        return self._authorized(request)

    def _authorized(self, request: httpx.Request) -> Json:
        """A token that PayPal has revoked is renewed once."""
        token = self._current_token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = self._send(request)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            request.headers["Authorization"] = f"Bearer {self._current_token(refused=token)}"
            response = self._send(request)
        return _json(response)

    def _current_token(self, refused: str = "") -> str:
        with self._lock:
            if self._token in ("", refused) or self.clock() >= self._expires:
                self._renew_token()
            return self._token

    def _renew_token(self) -> None:
        request = self._http.build_request(
            "POST", "/v1/oauth2/token", data={"grant_type": "client_credentials"}
        )
        answer = _json(self._send(request, self._credentials))
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lifetime, int):
            raise GatewayUnavailable(gateway="paypal", reason="no token in the answer")
        self._token = token
        self._expires = self.clock() + timedelta(seconds=max(0, lifetime - 60))

    def _send(self, request: httpx.Request, auth: httpx.Auth | None = None) -> httpx.Response:
        try:
            return self._http.send(request, auth=auth)
        except httpx.TimeoutException:
            reason = "timeout"
        except httpx.HTTPError as error:
            reason = type(error).__name__
        # Outside the handler: httpx's error holds the request with its Authorization header.
        raise GatewayUnavailable(gateway="paypal", reason=reason)


def _json(response: httpx.Response) -> Json:
    if not response.is_success:
        raise failure(response)
    if response.status_code == httpx.codes.NO_CONTENT or not response.content:
        return {}
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise GatewayUnavailable(gateway="paypal", reason="the answer is not JSON")
    return answer


def issue_of(rejected: GatewayRejected) -> str:
    """PayPal's own word, such as `SUBSCRIPTION_STATUS_INVALID`."""
    return str(rejected.details.get("issue", ""))


def text(answer: Json, name: str) -> str:
    """A field that every such answer has."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise GatewayUnavailable(gateway="paypal", reason=f"an answer without {name}")
    return value


def link(answer: Json, *relations: str) -> str | None:
    """The address of the first link with one of these relations."""
    for candidate in answer.get("links", []):
        if candidate.get("rel") in relations:
            return str(candidate["href"])
    return None
