"""Directories that a stranger made: refused (2) or found altered (1), never followed or obeyed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from deploy.audit.bundle import CHECKPOINTS, CONTENT, EVENTS, FIGURES, MANIFEST, SIGNATURE, encode
from deploy.audit.bundle import file_facts as facts_of
from deploy.audit.exporting import Export
from deploy.cli import main
from projections.audit_trail.chain import Signer
from projections.audit_trail.ledger import open_ledger
from runtime.readmodels.shadow import unseen
from tests.support.audit_history import SEED, START
from tests.support.audit_service import audit_service
from tests.support.postgres import fresh_database

Change = Callable[[Path], object]
Verify = Callable[..., tuple[int, str]]
FOREIGN_SEED = bytes(32)


@pytest.fixture(scope="module")
def genuine(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bundles") / "acme"
    with ExitStack() as stack:
        audit = stack.enter_context(
            audit_service(stack.enter_context(fresh_database(postgres_url)))
        )
        audit.assign("acme", "gold", "silver")
        audit.meter("acme", "message", ["1", "2", "3"])
        audit.follow()
        with open_ledger(audit.positions.database) as ledger:
            signer = Signer([SEED])
            Export("acme", directory, ledger, audit.stores, signer, {}).write(START, unseen)
    return directory


@pytest.fixture
def bundle(genuine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(genuine, tmp_path / "bundle"))


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Verify:
    """The command's exit code and all that it printed, within some seconds."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["billing", "audit", "verify", *map(str, arguments)])
        started = time.monotonic()
        with pytest.raises(SystemExit) as end:
            main()
        assert time.monotonic() - started < 30
        told = "".join(capfd.readouterr())
        assert "Traceback" not in told
        return int(end.value.code or 0), told

    return run


def sign(directory: Path, **changes: Any) -> None:
    """As the owner of another key would, so that only what the files hold is wrong."""
    signer = Signer([FOREIGN_SEED])
    manifest = json.loads((directory / MANIFEST).read_bytes())
    manifest["public_key"] = signer.public_key.hex()
    manifest["files"] = {name: facts_of(directory / name) for name in CONTENT}
    (directory / MANIFEST).write_bytes(encode({**manifest, **changes}))
    signature = signer.sign((directory / MANIFEST).read_bytes())
    (directory / SIGNATURE).write_text(f"{signature.hex()}\n")


def replaced(name: str, make: Callable[[Path], object]) -> Change:
    def change(directory: Path) -> None:
        (directory / name).unlink()
        make(directory / name)

    return change


def written(name: str, content: bytes) -> Change:
    return lambda directory: (directory / name).write_bytes(content)


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(path.parent)
        listening.bind(path.name)
        os.chdir(here)


DEEP = b"[" * 500_000
REFUSED: dict[str, Change] = {
    "a link to a file outside": replaced(EVENTS, lambda path: path.symlink_to("/etc/passwd")),
    "a link to a file beside it": replaced(EVENTS, lambda path: path.symlink_to(FIGURES)),
    "a link to nothing": lambda directory: (directory / "more").symlink_to("/nowhere"),
    "a link to a device": replaced(SIGNATURE, lambda path: path.symlink_to("/dev/zero")),
    "a named pipe": replaced(MANIFEST, os.mkfifo),
    "another named pipe": lambda directory: os.mkfifo(directory / "pipe"),
    "a socket": replaced(FIGURES, bind),
    "a directory": lambda directory: (directory / "inner").mkdir(),
    "a directory in a file's place": replaced(EVENTS, Path.mkdir),
    "a thousand files": lambda directory: [
        (directory / str(number)).write_bytes(b"") for number in range(1_000)
    ],
    "a manifest of gigabytes": replaced(MANIFEST, lambda path: sparse(path, 8 << 30)),
    "a signature of megabytes": written(SIGNATURE, b"0" * 2_000_000),
    "figures of terabytes": replaced(FIGURES, lambda path: sparse(path, 1 << 40)),
    "events of terabytes": replaced(EVENTS, lambda path: sparse(path, 1 << 41)),
    "a line without an end": written(EVENTS, b" " * (5 << 20)),
    "a deeply nested manifest": written(MANIFEST, DEEP),
    "deeply nested figures": written(FIGURES, b'{"a":' * 300_000),
    "a deeply nested event": written(EVENTS, b'{"state":' + DEEP),
    "the same key twice": written(MANIFEST, b'{"format":"a","format":"b"}\n'),
    "a number of many digits": written(MANIFEST, b'{"format":' + b"9" * 5_000 + b"}"),
    "a number without bound": written(FIGURES, b'{"usage":1e999}'),
    "no number": written(FIGURES, b'{"usage":NaN}'),
}
ALTERED: dict[str, Change] = {
    "a file too many": lambda directory: (directory / "more.txt").write_text("trust me"),
    "a file too few": lambda directory: (directory / CHECKPOINTS).unlink(),
    "an empty manifest": written(MANIFEST, b""),
    "a manifest that is no JSON": written(MANIFEST, b'{"format": \xff'),
    "a manifest that is a list": written(MANIFEST, b"[]"),
    "an event that is a number": written(EVENTS, b"7\n"),
    "an event of nothing": written(EVENTS, b"{}\n"),
    "a NUL": written(EVENTS, b"\0"),
    "checkpoints of nulls": written(CHECKPOINTS, b'{"number":null,"signature":[]}\n'),
    "a signature of another alphabet": written(SIGNATURE, "é".encode() * 64),
    "names of files outside": lambda directory: sign(
        directory, files={"../../etc/passwd": {}, "/dev/zero": {}}
    ),
    "a workspace that is a list": lambda directory: sign(directory, workspace=["acme"]),
    "a key that is no key": lambda directory: sign(directory, public_key="zz"),
    "counts that are no counts": lambda directory: sign(directory, events={"billing": "many"}),
}


class TestHostileBundles:
    @pytest.mark.parametrize("name", REFUSED)
    def test_what_no_bundle_holds_is_refused(self, name: str, bundle: Path, verify: Verify) -> None:
        REFUSED[name](bundle)
        code, told = verify(bundle)
        assert (code, "Refused:" in told) == (2, True), told

    @pytest.mark.parametrize("name", ALTERED)
    def test_what_a_bundle_might_have_become_is_altered(
        self, name: str, bundle: Path, verify: Verify
    ) -> None:
        ALTERED[name](bundle)
        code, told = verify(bundle)
        assert (code, "proves nothing" in told) == (1, True), told

    def test_an_intact_one_is_told_apart_from_both(self, bundle: Path, verify: Verify) -> None:
        assert verify(bundle)[0] == 0

    @pytest.mark.parametrize("place", ["/nowhere", "/etc/passwd", "/dev/null", "a\0b"])
    def test_what_is_no_directory_is_refused(self, place: str, verify: Verify) -> None:
        assert verify(place)[0] == 2

    @pytest.mark.parametrize("key", ["zz", "ab", "0" * 63, "[red]"])
    def test_a_key_that_is_none_is_wrong_use(self, key: str, bundle: Path, verify: Verify) -> None:
        assert verify(bundle, "--key", key)[0] == 2


class TestWhatItSays:
    def test_nothing_in_a_bundle_is_taken_for_markup_or_commands_a_terminal(
        self, bundle: Path, verify: Verify
    ) -> None:
        named = "[link=http://evil]acme[/link]\x1b[2J[/nothing]"
        sign(bundle, workspace=named)
        (bundle / "[red]\x1b]0;owned\x07").touch()
        code, told = verify(bundle)
        assert code == 1
        assert "\x1b]0" not in told
        assert "[red]\\x1b" in told

    def test_an_event_names_no_module_that_is_then_imported(
        self, bundle: Path, verify: Verify
    ) -> None:
        lines = [json.loads(line) for line in (bundle / EVENTS).read_bytes().splitlines()]
        lines[0]["topic"] = "antigravity:fly"
        (bundle / EVENTS).write_bytes(b"".join(encode(line) for line in lines))
        sign(bundle)
        assert verify(bundle)[0] == 1
        assert "antigravity" not in sys.modules

    def test_a_flood_of_problems_is_told_in_part(self, bundle: Path, verify: Verify) -> None:
        line = (bundle / EVENTS).read_bytes().splitlines(keepends=True)[0]
        (bundle / EVENTS).write_bytes(line.replace(b'"acme"', b'"' + b"x" * 500 + b'"') * 2_000)
        code, told = verify(bundle)
        assert code == 1
        assert len(told) < 50_000
