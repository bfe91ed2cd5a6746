"""The host application's side of HTTP: tokens, patience, and never the same thing twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import jwt

from kernel.clock import utc_clock

OUTAGE_SECONDS = 90.0  # seconds that an outage may last
SETTLED = ("Already paid", "Thank you")
RETRIED = frozenset({502, 503, 504})


class Unexpected(Exception):
    """The system answered something that the story does not provide for."""


class Host:
    """Every command carries an idempotency key and is sent again until it is answered, so an
    outage of the system is a delay and nothing else."""

    def __init__(self, url: str, secret: str) -> None:
        self._secret = secret
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def token(self, *, roles: list[str] | None = None, **workspaces: str) -> str:
        """A token of this installation, for the roles and workspace memberships given."""
        claims = {
            "sub": "demo",
            "exp": utc_clock() + timedelta(hours=6),
            "email": "demo@example.com",
            "name": "Demo Buyer",
            "roles": roles or [],
            "workspaces": workspaces,
        }
        return jwt.encode(claims, self._secret, "HS256")

    def member_token(self, workspace: str, role: str = "owner") -> str:
        return self.token(roles=[], **{workspace: role})

    def get(self, path: str, token: str = "", **query: Any) -> httpx.Response:
        return self.send("GET", path, token, params=query)

    def command(
        self, method: str, path: str, token: str, key: str, body: Any = None
    ) -> httpx.Response:
        return self.send(method, path, token, json=body, headers={"Idempotency-Key": key})

    def send(
        self,
        method: str,
        path: str,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        deadline = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                response = self._http.request(method, path, headers=sent, **options)
                if not _is_passing(response):
                    return response
                problem = f"{response.status_code} {response.text[:300]}"
            except httpx.TransportError as error:
                problem = type(error).__name__
            if time.monotonic() > deadline:
                raise Unexpected(
                    f"{method} {path} was not answered for {OUTAGE_SECONDS:.0f} s: {problem}"
                )
            time.sleep(0.25)

    def press(self, page_url: str, button: str) -> httpx.Response:
        """Opens a hosted page as a browser would and presses the button of this label. A page that
        is settled already is the answer that an outage kept from us."""
        shown = self.send("GET", page_url)
        fields = _Buttons.of(shown.text).get(button.lower())
        if fields is None and any(text in shown.text for text in SETTLED):
            return shown
        if fields is None:
            raise Unexpected(f"{page_url} has no button {button!r} ({shown.status_code})")
        return self.send("POST", page_url, data=fields)


def _is_passing(response: httpx.Response) -> bool:
    """An outage, or our own request from before an outage that still counts as running."""
    return response.status_code in RETRIED or "request_in_progress" in response.text[:60]


class _Buttons(HTMLParser):
    """The form fields that each labelled submit button of a page sends."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._hidden: dict[str, str] = {}
        self._open: dict[str, str] | None = None

    @classmethod
    def of(cls, page: str) -> dict[str, dict[str, str]]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._hidden = {}
        elif tag == "input" and given.get("type") == "hidden":
            self._hidden[given["name"]] = given.get("value", "")
        elif tag == "button":
            own = {given["name"]: given.get("value", "")} if "name" in given else {}
            self._open = {**self._hidden, **own}

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.found[re.sub(r"\s+", " ", data).strip().lower()] = self._open

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._open = None


def eventually(read: Callable[[], Any], wanted: Callable[[Any], bool], what: str) -> Any:
    """Reads until the answer is as wanted: webhooks arrive when they arrive."""
    deadline = time.monotonic() + OUTAGE_SECONDS
    while True:
        answer = read()
        if wanted(answer):
            return answer
        if time.monotonic() > deadline:
            raise Unexpected(f"{what} did not come true: {answer}")
        time.sleep(0.1)
