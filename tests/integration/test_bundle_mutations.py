"""Two verifiers that share no line say the same of thousands of altered bundles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deploy.audit.bundle import CONTENT, HEADS, MANIFEST, SIGNATURE, encode, file_facts
from deploy.audit.checking import check_bundle
from deploy.audit.exporting import Export
from projections.audit_trail.chain import Signer
from projections.audit_trail.ledger import open_ledger
from runtime.readmodels.shadow import unseen
from tests.support.audit_history import SEED, START
from tests.support.audit_service import audit_service
from tests.support.postgres import fresh_database
from tests.support.rounds import rounds
from tools.verify_bundle import Altered, verify

MUTATIONS = rounds(5_000)
SIGNER = Signer([SEED])
KEY = SIGNER.public_key.hex()
LISTED = (*CONTENT, HEADS)
# Only our own can make anew what was published.
OURS_ALONE = "was not published like that"


@pytest.fixture(scope="module")
def genuine(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("bundles") / "acme"
    with ExitStack() as stack:
        audit = stack.enter_context(
            audit_service(stack.enter_context(fresh_database(postgres_url)))
        )
        audit.assign("acme", "gold")
        audit.assign("globex", "gold")
        audit.meter("acme", "message", ["1", "2"])
        audit.meter("globex", "message", ["3"])
        audit.follow()
        audit.auditor.heads.sign_due()
        with open_ledger(audit.positions.database) as ledger:
            heads = audit.auditor.heads.last()
            Export("acme", directory, ledger, audit.stores, SIGNER, heads).write(START, unseen)
        yield directory


def flip(random: Random, text: bytes) -> bytes:
    place = random.randrange(len(text))
    return text[:place] + bytes([text[place] ^ random.randrange(1, 256)]) + text[place + 1 :]


def cut(random: Random, text: bytes) -> bytes:
    start = random.randrange(len(text))
    return text[:start] + text[start + random.randrange(1, 40) :]


def repeat(random: Random, text: bytes) -> bytes:
    start = random.randrange(len(text))
    return text[:start] + text[start : start + random.randrange(1, 40)] + text[start:]


def swap_lines(random: Random, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


def lose_a_line(random: Random, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def alter_a_value(random: Random, text: bytes) -> bytes:
    lines = [json.loads(line) for line in text.splitlines()]
    where: Any = random.choice(lines)
    while True:
        name = random.choice(list(where) if isinstance(where, dict) else range(len(where)))
        if not isinstance(where[name], dict | list) or not where[name]:
            break
        where = where[name]
    kept = where[name]
    others = [kept + 1, kept - 1, 0, None] if isinstance(kept, int) else [None, "", "x", f"{kept}0"]
    where[name] = random.choice(others)
    return b"".join(map(encode, lines))


CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(flip, cut, repeat, swap_lines, lose_a_line),
    *(alter_a_value, alter_a_value, alter_a_value),
)


def resign(directory: Path) -> None:
    """As the owner of the key would: only what the events prove by themselves is left to find."""
    manifest = json.loads((directory / MANIFEST).read_bytes())
    manifest["files"] = {name: file_facts(directory / name) for name in LISTED}
    (directory / MANIFEST).write_bytes(encode(manifest))
    sign(directory)


def sign(directory: Path) -> None:
    signature = SIGNER.sign((directory / MANIFEST).read_bytes())
    (directory / SIGNATURE).write_text(f"{signature.hex()}\n")


def said(directory: Path) -> tuple[bool, bool]:
    """Whether it is intact to ours, and to theirs."""
    outcome, intact = check_bundle(directory, KEY, unseen), theirs(directory)
    if any(OURS_ALONE in each for each in outcome.problems):
        return intact, intact
    return not outcome.problems and not outcome.refused, intact


def theirs(directory: Path) -> bool:
    try:
        verify(directory, KEY)
    except Altered:
        return False
    return True


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each value within it that holds no other, as its container and its name there."""
    for name in list(value) if isinstance(value, dict) else range(len(value)):
        if isinstance(value[name], dict | list):
            yield from places(value[name])
        else:
            yield value, name


def written_otherwise(value: Any) -> list[object]:
    """What a lenient reader takes for the same."""
    if isinstance(value, str):
        spaced = [f" {value}", f"{value}\n", f"{value[:2]} {value[2:]}"]
        return [value.upper(), value.swapcase(), value[:-1], *spaced, [value], "", None]
    if isinstance(value, bool) or value is None:
        return [int(bool(value)), str(value), ""]
    return [value + 0.0, str(value), [value], None, *([bool(value)] if value in (0, 1) else [])]


@pytest.mark.slow
@pytest.mark.parametrize("name", [MANIFEST, *LISTED])
def test_both_verifiers_say_the_same_of_each_value_written_otherwise(
    name: str, genuine: Path
) -> None:
    kept = {each: (genuine / each).read_bytes() for each in (*LISTED, MANIFEST, SIGNATURE)}
    lines = [json.loads(line) for line in kept[name].splitlines()]
    apart = []
    for where, at in list(places(lines)):
        value = where[at]
        for other in written_otherwise(value):
            if (other, type(other)) == (value, type(value)):
                continue
            where[at] = other
            (genuine / name).write_bytes(b"".join(map(encode, lines)))
            resign(genuine) if name != MANIFEST else sign(genuine)
            mine, independent = said(genuine)
            if mine is not independent:
                apart.append((mine, at, value, other))
        where[at] = value
    for each, content in kept.items():
        (genuine / each).write_bytes(content)
    assert apart == []


@pytest.mark.slow
def test_both_verifiers_say_the_same_of_thousands_of_altered_bundles(genuine: Path) -> None:
    random = Random(19)
    files = {name: (genuine / name).read_bytes() for name in (*LISTED, MANIFEST, SIGNATURE)}
    escaped, apart = [], []
    for number in range(MUTATIONS):
        signed = random.random() < 0.5
        name = random.choice(LISTED if signed else list(files))
        change = random.choice(CHANGES[:5] if name == SIGNATURE else CHANGES)
        altered = change(random, files[name])
        if altered == files[name]:
            continue
        (genuine / name).write_bytes(altered[:200])
        if signed:
            resign(genuine)
        mine, independent = said(genuine)
        story = (number, name, change.__name__, signed, altered[:200])
        if mine is not independent:
            apart.append((mine, story))
        elif mine and not signed:
            escaped.append(story)
        for each in {name, MANIFEST, SIGNATURE}:
            (genuine / each).write_bytes(files[each])
    assert said(genuine) == (True, True)
    assert escaped == []
    assert apart == []
