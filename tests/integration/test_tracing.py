"""One trace from a request through its event to the read models, over either feed; and none where
it is off."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts.envelope import Envelope
from deploy.composition import Composition
from deploy.demo.host import eventually
from deploy.process import Process
from deploy.settings import PARTS, ConfigurationError, Settings, development_secret
from gateways.sandbox.signatures import HEADER, signature
from kernel.clock import utc_clock
from runtime.consumer import Consumer
from runtime.database import Database
from runtime.tracing import FEW, Tracing, exporting
from tests.contract.test_contracts import metered
from tests.support.kafka import kafka_bootstrap
from tests.support.local_server import Answer, Call, LocalServer
from tests.support.tokens import SECRET, bearer

__all__ = ["kafka_bootstrap"]
TRACE = "ab" * 16
CALLER = "cd" * 8
TRACED = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
PLAN = {"slug": "traced", "name": "Traced", "monthly_conversations": 1, "price_cents": 0}
FEEDS = ["event store", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exported: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    return Tracing(provider)


@pytest.fixture
def composition(database_url: str, tmp_path: Path) -> Composition:
    settings = Settings(data_dir=tmp_path, jwt_secret=SECRET)
    return Composition(settings.model_copy(update={"database_url": database_url}))


def served(composition: Composition) -> TestClient:
    composition.migrate()
    relayed = list(composition.stores) if composition.kafka else []
    process = Process(composition, serve=PARTS, follow=PARTS, relay=relayed)
    return TestClient(process.app())


def stored_causes(database_url: str, table: str) -> list[dict[str, str]]:
    schema, _, name = table.partition(".")
    with Database(database_url, schema) as database:
        rows = database.rows(
            f"SELECT convert_from(state, 'UTF8')::json -> 'cause' AS c FROM {name}"
        )
    return [row["c"] for row in rows]


def trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""


def parent_of(span: ReadableSpan) -> str:
    return f"{span.parent.span_id:016x}" if span.parent else ""


class TestATracedCommand:
    @pytest.fixture(params=FEEDS)
    def client(
        self, request: pytest.FixtureRequest, composition: Composition, tracing: Tracing
    ) -> Iterator[TestClient]:
        composition.tracing = tracing
        if request.param == "kafka":
            broker = {
                "kafka_bootstrap_servers": request.getfixturevalue("kafka_bootstrap"),
                "kafka_prefix": f"{secrets.token_hex(4)}.",
            }
            composition.settings = composition.settings.model_copy(update=broker)
        with served(composition) as client:
            yield client

    def test_is_one_trace_up_to_the_read_models_and_policies(
        self, client: TestClient, exported: InMemorySpanExporter
    ) -> None:
        answer = client.post("/v1/billing/plans", json=PLAN, headers=bearer("super_admin") | TRACED)
        assert answer.status_code == 201, answer.text
        wanted = {"plan_catalog process", "metering.policies process", "audit_trail process"}
        spans = eventually(
            lambda: {span.name: span for span in exported.get_finished_spans()},
            lambda found: wanted <= set(found),
            "the spans of the consumers",
        )
        assert {trace_of(span) for span in spans.values()} == {TRACE}
        [request] = [span for name, span in spans.items() if name.startswith("POST")]
        assert request.context is not None
        assert parent_of(request) == CALLER
        assert {parent_of(spans[name]) for name in wanted} == {f"{request.context.span_id:016x}"}


class TestATracedWebhook:
    def test_is_one_trace_although_it_is_read_later(
        self, composition: Composition, tracing: Tracing, exported: InMemorySpanExporter
    ) -> None:
        composition.tracing = tracing
        created = int(time.time())
        letter = {"id": "evt_1", "type": "charge.paid", "created": created, "data": {}}
        raw = json.dumps(letter).encode()
        secret = development_secret(composition.settings, "sandbox-webhook").hex()
        signed = {HEADER: signature(raw, secret, utc_clock())}
        with served(composition) as client:
            answer = client.post("/webhooks/sandbox", content=raw, headers=signed | TRACED)
            assert answer.json() == {"status": "accepted"}
            spans = eventually(
                lambda: {span.name: span for span in exported.get_finished_spans()},
                lambda found: "audit_trail process" in found,
                "the span of the audit trail",
            )
        assert {trace_of(span) for span in spans.values()} == {TRACE}


class TestTheHotPath:
    def test_is_not_traced(
        self,
        composition: Composition,
        tracing: Tracing,
        exported: InMemorySpanExporter,
        database_url: str,
    ) -> None:
        composition.tracing = tracing
        usage = {"events": [{"id": "1", "workspace_id": "acme", "metric": "message"}]}
        with served(composition) as client:
            answer = client.post(
                "/v1/metering/events", json=usage, headers=bearer("service") | TRACED
            )
            assert answer.status_code == 200, answer.text
        assert exported.get_finished_spans() == ()
        [cause] = stored_causes(database_url, "metering.metering_events")
        assert "traceparent" not in cause


class TestOff:
    def test_events_are_stored_as_ever(self, composition: Composition, database_url: str) -> None:
        with served(composition) as client:
            client.post("/v1/billing/plans", json=PLAN, headers=bearer("super_admin") | TRACED)
        causes = stored_causes(database_url, "billing.billing_events")
        assert {tuple(cause) for cause in causes} == {("actor", "correlation_id", "causation_id")}

    def test_the_sdk_is_not_imported(self) -> None:
        look = "import sys, deploy.cli; print([m for m in sys.modules if 'telemetry.sdk' in m])"
        ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
        assert ran.stdout == "[]\n", ran.stderr


class TestABatch:
    @pytest.fixture
    def database(self, database_url: str) -> Iterator[Database]:
        with Database(database_url, "public") as opened:
            yield opened

    def apply(self, tracing: Tracing, database: Database, traces: list[str]) -> None:
        """Applies a batch with an event of each of these traces; one without a trace is ''."""
        events = [
            metered(number).model_copy(
                update={"traceparent": f"00-{trace}-{CALLER}-01" if trace else ""}
            )
            for number, trace in enumerate(traces, 1)
        ]
        consumer: Consumer[Envelope] = Consumer("totals", ["metering"], lambda *_: None)
        with database.cursor() as cursor:
            tracing.following(consumer).handle(cursor, events)

    def test_of_few_traces_is_a_span_in_each(
        self, tracing: Tracing, database: Database, exported: InMemorySpanExporter
    ) -> None:
        self.apply(tracing, database, ["aa" * 16, "", "bb" * 16, "aa" * 16])
        spans = exported.get_finished_spans()
        assert sorted(map(trace_of, spans)) == ["aa" * 16, "bb" * 16]
        assert {dict(span.attributes or {})["messaging.batch.message_count"] for span in spans} == {
            4
        }

    def test_of_many_traces_is_one_span_that_is_linked_to_all(
        self, tracing: Tracing, database: Database, exported: InMemorySpanExporter
    ) -> None:
        traces = [f"{number:032x}" for number in range(1, FEW + 2)]
        self.apply(tracing, database, traces)
        [span] = exported.get_finished_spans()
        assert span.parent is None
        assert [f"{link.context.trace_id:032x}" for link in span.links] == traces

    def test_of_no_trace_leaves_nothing(
        self, tracing: Tracing, database: Database, exported: InMemorySpanExporter
    ) -> None:
        self.apply(tracing, database, ["", ""])
        assert exported.get_finished_spans() == ()


class TestExporting:
    def test_spans_arrive_at_the_collector_when_the_process_ends(
        self, composition: Composition
    ) -> None:
        calls: list[Call] = []

        def collect(call: Call) -> Answer:
            calls.append(call)
            return Answer(200, "")

        with LocalServer(collect) as collector:
            Thread(target=collector.serve_forever, args=(0.01,), daemon=True).start()
            composition.settings.otlp_endpoint = f"http://127.0.0.1:{collector.server_port}"
            with served(composition) as client:
                client.get("/v1/projections/plans")
            collector.shutdown()
        assert {call.path for call in calls} == {"/v1/traces"}
        assert any(b"workspace-billing" in call.body for call in calls)

    def test_what_is_missing_is_said_in_one_line(
        self, composition: Composition, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        exporter = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
        monkeypatch.setitem(sys.modules, exporter, None)
        composition.settings.otlp_endpoint = "http://127.0.0.1:4318"
        with pytest.raises(ConfigurationError, match=r"pip install '\.\[tracing\]'"):
            Process(composition, serve=PARTS, follow=PARTS)

    def test_a_collector_that_does_not_answer_holds_up_nobody(self) -> None:
        tracing = exporting("http://127.0.0.1:1")
        assert tracing.requests(())["tracer_provider"] is not None
        tracing.close()
