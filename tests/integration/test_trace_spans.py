"""What a consumer's batch leaves of the traces that its events began in, and how it is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from threading import Thread

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts.envelope import Envelope
from deploy.composition import Composition
from deploy.process import Process
from deploy.settings import PARTS, ConfigurationError
from runtime.feed.consumer import Consumer
from runtime.postgres.database import Database
from runtime.web.tracing import FEW, Tracing, exporting
from tests.contract.test_contracts import metered
from tests.support.local_server import Answer, Call, LocalServer
from tests.support.traced_service import CALLER, composition, exported, served, trace_of, tracing

__all__ = ["composition", "exported", "tracing"]


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
