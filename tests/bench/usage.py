"""Requests that record usage: ids are random, 128 bits each, so no turn repeats one."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator

from tests.bench.load import Requests, Target

WORKSPACES = 100
_ID = "#" * 32


def checks(target: Target) -> Requests:
    """Each connection asks for a workspace of its own."""
    return lambda number: itertools.repeat(
        target.request("GET", f"/v1/metering/workspaces/ws{number}/can-start-conversation")
    )


def messages(target: Target, prefix: str = "/v1/metering") -> Requests:
    def requests(number: int) -> Iterator[bytes]:
        path = f"{prefix}/workspaces/ws{number}/messages"
        while True:
            yield target.request("POST", path, b'{"id":"%b"}' % os.urandom(16).hex().encode())

    return requests


def batches(target: Target, size: int) -> Requests:
    """Messages and, every fifth, a conversation, of 100 workspaces and three agents."""
    body = json.dumps({"events": [_event(number) for number in range(size)]}).encode()
    pieces = target.request("POST", "/v1/metering/events", body).split(_ID.encode())

    def requests(_: int) -> Iterator[bytes]:
        while True:
            ids = os.urandom(16 * size).hex().encode()
            cut = [ids[at : at + 32] for at in range(0, 32 * size, 32)]
            woven = itertools.chain.from_iterable(zip(pieces, cut, strict=False))
            yield b"".join([*woven, pieces[-1]])

    return requests


def _event(number: int) -> dict[str, object]:
    return {
        "id": _ID,
        "workspace_id": f"ws{number % WORKSPACES}",
        "metric": "conversation" if number % 5 == 0 else "message",
        "agent_id": f"agent-{number % 3}",
    }
