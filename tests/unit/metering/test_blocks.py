"""A block holds the same events as rows of their own would."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from services.metering.application.blocks.block import Block
from services.metering.application.blocks.facts import Facts, UnreadableBlock, decode
from services.metering.application.blocks.reading import TOPIC, BlockRow
from services.metering.application.commands import RecordMessages
from services.metering.application.known_ids.keys import Keys, key_of
from services.metering.application.reported import told_apart
from services.metering.application.stored import usage_state
from services.metering.domain.identity import MESSAGE, Identity

SAMPLE = Path(__file__).parents[2] / "upgrades" / "stored_events" / "metering_block.json"
RECORDED = datetime(2026, 11, 22, 11, tzinfo=UTC)
CAUSES = (b'{"actor":"service:a"}', b'{"actor":"service:b"}')
Fact = tuple[str, datetime, str, str | None]
FACTS: list[Fact] = [
    ("acme", datetime(2026, 11, 22, 10, 0, 0, 17, tzinfo=UTC), "1", None),
    ("acme", datetime(2026, 10, 31, 23, 59, tzinfo=UTC), 'a "quoted" id\x1f', "anna"),
    ("other", datetime(1, 1, 1, tzinfo=UTC), "1", None),
]


def command(cause: bytes, facts: Sequence[Fact]) -> RecordMessages:
    made = RecordMessages(cause, answer=None)  # type: ignore[arg-type]
    for workspace, instant, usage_id, agent in facts:
        identity = Identity(workspace).of(MESSAGE, usage_id)
        told = told_apart(agent, None, human_takeover=False)
        made.add(identity, workspace, instant, usage_id, told)
    return made


def block(known: set[int]) -> Block:
    commands = [command(CAUSES[0], FACTS[:2]), command(CAUSES[1], FACTS[2:])]
    packed = [key_of(each) for sent in commands for each in sent.ids]
    return Block(commands, Keys.of(packed), known)


def row(state: bytes, position: int, refused: tuple[int, ...] = ()) -> BlockRow:
    log = "00000000-0000-0000-0000-000000000000"
    return BlockRow(position, log, 7, TOPIC, state, RECORDED, refused)


def state_of(block: Block) -> bytes:
    state = block.parameters(0, b"")[2]
    assert state is not None
    return state


def stored(index: int) -> bytes:
    workspace, instant, usage_id, agent = FACTS[index]
    month = f"{instant.year:04}-{instant.month:02}"
    cause = msgspec.Raw(CAUSES[index // 2])
    return usage_state("message", instant, cause, workspace, month, usage_id, agent)


class TestReading:
    def test_each_event_has_its_own_position_and_the_bytes_of_a_row(self) -> None:
        events = row(state_of(block(set())), 12).events
        assert [event.sequence for event in events] == [10, 11, 12]
        assert [event.state for event in events] == [stored(0), stored(1), stored(2)]
        assert {(event.version, event.topic, event.recorded_at) for event in events} == {
            (1, "metering.MessageMetered", RECORDED)
        }

    def test_what_was_refused_does_not_exist_and_takes_no_position(self) -> None:
        events = row(state_of(block(set())), 12, refused=(1,)).events
        assert [(event.sequence, event.state) for event in events] == [
            (11, stored(0)),
            (12, stored(2)),
        ]

    def test_what_was_known_before_is_not_in_it(self) -> None:
        events = row(state_of(block({0, 2})), 12).events
        assert [(event.sequence, event.state) for event in events] == [(12, stored(1))]

    def test_what_was_altered_is_left_as_it_stands(self) -> None:
        state = bytearray(state_of(block(set())))
        state[len(state) // 2] ^= 1
        altered = row(bytes(state), 12)
        assert [(event.sequence, event.topic) for event in altered.events] == [(12, TOPIC)]

    def test_a_later_form_is_not_guessed_at(self) -> None:
        with pytest.raises(UnreadableBlock, match="version 2"):
            decode(Facts([], [], [], [], [], [], [], None, 2).encode())

    def test_is_encoded_by_several_threads_at_once(self) -> None:
        names = [f"{n:064}" for n in range(500)]
        facts = Facts(names, names, [RECORDED] * 500, names, [None] * 500, [0] * 500, [b""])
        with ThreadPoolExecutor(4) as pool:
            encoded = set(pool.map(lambda _: facts.encode(), range(400)))
        assert len(encoded) == 1


class TestStatuses:
    def test_are_of_all_messages_in_the_order_they_were_sent(self) -> None:
        assert block(set()).statuses((), ()) is None
        assert block({0}).statuses((1,), ()) == ["duplicate", "inserted", "refused"]
        assert block({0, 1}).statuses((), {1}) == ["duplicate", "inserted", "inserted"]


class TestStoredBlock:
    def test_one_of_earlier_reads_as_ever(self) -> None:
        sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
        kept = row(b64decode(sample["state"]), sample["position"], tuple(sample["refused"]))
        assert [
            [event.sequence, event.stream, event.state.decode()] for event in kept.events
        ] == sample["events"]
