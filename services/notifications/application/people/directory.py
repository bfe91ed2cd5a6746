"""Who owns a workspace, as the host knows it: asked when a mail is written, known for a minute.

`GET <url>` with `{workspace}` filled in answers `{"owners": [{"email": "ann@acme.example"}]}`, or
404 for a workspace that it does not know.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ValidationError

log = structlog.get_logger()
SECONDS = 5.0
LARGEST_ANSWER = 64 * 1024
MOST_OWNERS = 20
LONGEST_ADDRESS = 254
HOLDS_SECONDS = 60.0
# Nobody waits for a directory that failed just now.
REST_SECONDS = 30.0
MOST_KNOWN = 1_000
ADDRESS = re.compile(r"[^@\s\x00-\x20\x7f<>,;:\"()\[\]\\]+@[^@\s\x00-\x20\x7f<>,;:\"()\[\]\\]+")


class DirectoryUnavailable(Exception):
    """It could not be asked, or its answer is none. To be tried again."""


class Owner(BaseModel):
    email: str


class Owners(BaseModel):
    """What is answered; further fields are the host's own."""

    owners: list[Owner]


@dataclass(slots=True)
class Directory:
    """`url` holds `{workspace}`; `token` is sent as bearer where there is one."""

    url: str
    token: str = ""
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Sequence[str]]] = field(default_factory=dict)
    _rests_until: float = float("-inf")

    def owners(self, workspace: str) -> Sequence[str]:
        """Their addresses; none of a workspace that it does not know. Raises
        DirectoryUnavailable."""
        now = self.clock()
        held = self._known.get(workspace)
        if held is not None and held[0] > now:
            return held[1]
        if now < self._rests_until:
            raise DirectoryUnavailable("it failed a moment ago")
        try:
            found = self._ask(workspace)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            self._rests_until = self.clock() + REST_SECONDS
            log.warning("directory_unavailable", reason=type(error).__name__)
            raise DirectoryUnavailable(type(error).__name__) from None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[workspace] = (self.clock() + HOLDS_SECONDS, found)
        return found

    def _ask(self, workspace: str) -> Sequence[str]:
        url = self.url.replace("{workspace}", quote(workspace, safe=""))
        headers = {"accept": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        until = time.monotonic() + SECONDS
        with (
            httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code == httpx.codes.NOT_FOUND:
                return ()
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"it answered {answer.status_code}")
            return owners_in(_bounded(answer, until))


def _bounded(answer: httpx.Response, until: float) -> bytes:
    read = b""
    for piece in answer.iter_bytes():
        read += piece
        if len(read) > LARGEST_ANSWER or time.monotonic() > until:
            raise ValueError("its answer is too long")
    return read


def owners_in(raw: bytes) -> Sequence[str]:
    """The addresses of an answer, each once. What is no address is left out. Raises ValueError for
    what is no answer."""
    try:
        answer = Owners.model_validate_json(raw)
    except ValidationError:
        raise ValueError("it holds no list of owners") from None
    found = [each.email for each in answer.owners]
    good = [each for each in found if len(each) <= LONGEST_ADDRESS and ADDRESS.fullmatch(each)]
    return list(dict.fromkeys(good))[:MOST_OWNERS]
