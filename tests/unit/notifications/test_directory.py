"""Owners as the host tells of them: bounded, and known for a minute."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from runtime.process.ports import free_port
from services.notifications.application.people.directory import (
    LARGEST_ANSWER,
    MOST_OWNERS,
    Directory,
    DirectoryUnavailable,
    owners_in,
)
from tests.support.local_server import Answer, Call, served

ANN = {"owners": [{"email": "ann@acme.example"}]}


@dataclass
class Host:
    url: str = ""
    answer: Answer | None = field(default_factory=lambda: Answer(200, ANN))
    calls: list[Call] = field(default_factory=list)
    now: float = 0.0

    def respond(self, call: Call) -> Answer | None:
        self.calls.append(call)
        return self.answer

    @property
    def directory(self) -> Directory:
        return Directory(f"{self.url}/owners?of={{workspace}}", "token", lambda: self.now)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    with served(host.respond) as origin:
        host.url = origin
        yield host


class TestDirectory:
    def test_is_asked_with_its_token_and_known_for_a_minute(self, host: Host) -> None:
        directory = host.directory
        assert directory.owners("acme&co") == directory.owners("acme&co") == ["ann@acme.example"]
        [call] = host.calls
        assert (call.query, call.headers["authorization"]) == ({"of": "acme&co"}, "Bearer token")
        host.now += 61
        directory.owners("acme&co")
        assert len(host.calls) == 2

    def test_that_does_not_know_a_workspace_names_nobody(self, host: Host) -> None:
        host.answer = Answer(404)
        assert host.directory.owners("acme") == ()

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(500),
            Answer(302, headers={"Location": "http://127.0.0.1:1/"}),
            Answer(200, "no JSON"),
            Answer(200, {"owners": None}),
            Answer(200, {"owners": [], "filler": "x" * LARGEST_ANSWER}),
            None,
        ],
        ids=["failed", "redirect", "text", "no_list", "huge", "cut"],
    )
    def test_that_gives_no_answer_is_left_alone_for_a_while(
        self, host: Host, answer: Answer | None
    ) -> None:
        directory = host.directory
        host.answer = answer
        for workspace in ("acme", "bolt"):
            with pytest.raises(DirectoryUnavailable):
                directory.owners(workspace)
        assert len(host.calls) == 1
        host.answer = Answer(200, ANN)
        host.now += 31
        assert directory.owners("acme") == ["ann@acme.example"]

    def test_that_is_not_there_is_unavailable(self) -> None:
        with pytest.raises(DirectoryUnavailable):
            Directory(f"http://127.0.0.1:{free_port()}/{{workspace}}").owners("acme")


class TestAnswer:
    @pytest.mark.parametrize(
        "address",
        ["", "ann", "ann@acme.example\r\nBcc: eve@x", "a@b, c@d", "ann@a@b", f"{'a' * 250}@b.de"],
        ids=["empty", "no_at", "header", "two", "two_ats", "long"],
    )
    def test_what_is_no_address_is_left_out(self, address: str) -> None:
        owners = [{"email": address}, {"email": "ann@acme.example"}]
        assert owners_in(json.dumps({"owners": owners}).encode()) == ["ann@acme.example"]

    def test_each_is_named_once_and_not_too_many(self) -> None:
        many: list[dict[str, Any]] = [{"email": f"{number // 2}@x.example"} for number in range(99)]
        found = owners_in(json.dumps({"owners": many}).encode())
        assert found == [f"{number}@x.example" for number in range(MOST_OWNERS)]

    def test_what_is_nested_without_end_is_none(self) -> None:
        with pytest.raises(ValueError, match="no list of owners"):
            owners_in(b"[" * 50_000)
