"""The published language: schemas, golden samples, the AsyncAPI document, the consumer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import contracts
from contracts import asyncapi, schemas
from contracts.cloudevents import (
    Headers,
    NotAnEvent,
    UnknownData,
    decode,
    encode,
    is_watermark,
    watermark,
)
from contracts.compatibility import breaks
from contracts.envelope import Envelope
from contracts.metering import MessageMetered
from contracts.samples import FOLDER as SAMPLES
from contracts.samples import as_json, as_message
from tests.support.npm import installed, run

PUBLISHED = sorted(schemas.published())
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.datetimes(timezones=st.just(UTC))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


class TestSchemas:
    def test_generated_files_are_up_to_date_and_break_nobody(self) -> None:
        assert schemas.main(["--check"]) == 0

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_the_golden_sample_of_every_version_fits_its_schema(self, name: str) -> None:
        schema = read(schemas.FOLDER / f"{name}.json")
        jsonschema.Draft202012Validator(schema).validate(read(SAMPLES / f"{name}.json")["data"])

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_the_golden_sample_of_every_version_is_read_and_written_unchanged(
        self, name: str
    ) -> None:
        recorded = read(SAMPLES / f"{name}.json")
        event = decode(*as_message(recorded))
        assert type(event.data) is schemas.published()[name]
        again = as_json(encode(event))
        known = {key: again["data"][key] for key in recorded["data"]}
        assert {**again, "data": without_additions(known, recorded["data"])} == recorded


def without_additions(found: Any, golden: Any) -> Any:
    """Optional fields that came after the sample was written may be there as well."""
    if isinstance(found, dict) and isinstance(golden, dict):
        return {k: without_additions(v, golden[k]) for k, v in found.items() if k in golden}
    return found


def drop(schema: dict[str, Any]) -> None:
    del schema["properties"]["month"]


def retype(schema: dict[str, Any]) -> None:
    schema["properties"]["month"] = {"type": "integer"}


def demand(schema: dict[str, Any]) -> None:
    schema["properties"]["colour"] = {"type": "string"}
    schema["required"].append("colour")


def excuse(schema: dict[str, Any]) -> None:
    schema["required"].remove("month")


def forbid_null(schema: dict[str, Any]) -> None:
    schema["properties"]["agent_id"] = {"type": "string"}


class TestCompatibility:
    @pytest.mark.parametrize("change", [drop, retype, demand, excuse, forbid_null])
    def test_a_change_that_breaks_consumers_is_named(
        self, change: Callable[[dict[str, Any]], None]
    ) -> None:
        old = schemas.schema(MessageMetered)
        new = json.loads(json.dumps(old))
        change(new)
        lines = breaks(old, new)
        assert lines
        assert all(line.startswith(("month", "colour", "agent_id")) for line in lines)

    def test_a_nested_change_is_named_with_its_path(self) -> None:
        old = schemas.schema(schemas.published()["billing.PlanSubscribed.v1"])
        new = json.loads(json.dumps(old))
        del new["$defs"]["Subscription"]["properties"]["price_cents"]
        assert breaks(old, new) == ["subscription.price_cents is gone"]

    def test_a_new_optional_field_and_new_words_break_nothing(self) -> None:
        old = schemas.schema(MessageMetered)
        new = json.loads(json.dumps(old))
        new["properties"]["colour"] = {"type": "string", "default": "red"}
        new["description"] = "Said better."
        assert breaks(old, new) == []

    def test_a_stale_schema_fails_the_check(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(schemas.FOLDER.parent, tmp_path / "contracts")
        monkeypatch.setattr(schemas, "FOLDER", tmp_path / "contracts" / "schemas")
        (schemas.FOLDER / "metering.MessageMetered.v1.json").unlink()
        assert schemas.main(["--check"]) == 1


@pytest.fixture(scope="session")
def asyncapi_parser() -> Path:
    """Where the official parser is installed; installs it when it is not there yet."""
    return installed(Path(__file__).parents[1] / "support" / "asyncapi")


class TestAsyncApi:
    @pytest.mark.slow
    def test_the_document_satisfies_the_official_parser(self, asyncapi_parser: Path) -> None:
        script = Path(__file__).parents[1] / "support" / "asyncapi" / "validate.mjs"
        ran = run(script, asyncapi_parser, asyncapi.PATH)
        assert (ran.returncode, ran.stderr) == (0, "")


def metered(sequence: int, key: str = "acme") -> Envelope:
    body = MessageMetered(workspace_id=key, usage_id="m1", month="2026-11", agent_id=None)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Envelope(
        service="metering",
        sequence=sequence,
        type=body.TYPE,
        key=key,
        subject=key,
        time=at,
        recorded_at=at,
        stream="usage",
        version=1,
        actor="service:host",
        correlation_id="req_1",
        causation_id="request:req_1",
        digest="00",
        data=body,
    )


class TestBinaryMode:
    @given(TEXT, TEXT, TEXT, TIMES, st.integers(1, 2**62))
    def test_every_event_comes_back_as_it_was_sent(
        self, key: str, actor: str, agent: str, at: datetime, sequence: int
    ) -> None:
        body = MessageMetered(workspace_id=key, usage_id=actor, month="2026-11", agent_id=agent)
        event = metered(sequence, key).model_copy(
            update={"actor": actor, "data": body, "time": at, "recorded_at": at}
        )
        assert decode(*encode(event)) == event

    def test_a_traced_event_carries_its_trace_as_the_documented_extension(self) -> None:
        traceparent = f"00-{'ab' * 16}-{'cd' * 8}-01"
        traced = metered(1).model_copy(update={"traceparent": traceparent})
        message = encode(traced)
        assert dict(message.headers)["ce_traceparent"] == traceparent.encode()
        assert decode(*message) == traced
        assert "ce_traceparent" not in dict(encode(metered(1)).headers)

    def test_a_type_from_a_newer_publisher_is_read_without_knowing_it(self) -> None:
        key, _, headers = encode(metered(1))
        newer = [(n, b"metering.Later.v9" if n == "ce_type" else v) for n, v in headers]
        event = decode(key, b'{"answer": 42}', newer)
        assert isinstance(event.data, UnknownData)
        assert event.data.model_dump() == {"answer": 42}

    @pytest.mark.parametrize(
        ("value", "headers"),
        [
            (b"{}", encode(metered(1)).headers),
            (None, encode(metered(1)).headers),
            (b"\xff", encode(metered(1)).headers),
            (b"{}", []),
            (b"{}", [("ce_type", b"metering.Later.v9"), ("ce_source", b"/x")]),
        ],
    )
    def test_what_is_no_event_is_refused_with_a_reason(
        self, value: bytes | None, headers: Headers
    ) -> None:
        with pytest.raises(NotAnEvent, match=r"\w"):
            decode(b"acme", value, headers)

    def test_a_watermark_is_told_apart_and_carries_the_sequence(self) -> None:
        mark = decode(*watermark("billing", 9))
        assert (is_watermark(mark), mark.service, mark.sequence) == (True, "billing", 9)
        assert not is_watermark(metered(1))


@dataclass
class Record:
    key: bytes | None
    value: bytes
    headers: Headers
    partition: int = 0
    topic: str = "metering.events.v1"


class TestConsumer:
    def test_repeated_events_and_watermarks_are_left_out(self) -> None:
        sent = [encode(metered(n)) for n in (1, 2, 1, 2, 3)]
        records = [Record(*message) for message in [*sent, watermark("metering", 3)]]
        assert [event.sequence for event in contracts.consumer(records)] == [1, 2, 3]

    def test_partitions_are_counted_apart(self) -> None:
        records = [Record(*encode(metered(n)), partition=p) for n, p in ((5, 0), (2, 1), (1, 1))]
        assert [event.sequence for event in contracts.consumer(records)] == [5, 2]

    def test_it_goes_on_behind_what_was_seen_before_a_restart(self) -> None:
        seen = {("metering.events.v1", 0): 2}
        records = [Record(*encode(metered(n))) for n in (1, 2, 3)]
        assert [event.sequence for event in contracts.consumer(records, seen)] == [3]
        assert seen == {("metering.events.v1", 0): 3}
