"""One trace from a request through its event to the read models, over either feed; and none where
it is off."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deploy.composition import Composition
from deploy.data_directory import development_secret
from deploy.demo.host import eventually
from gateways.sandbox.simulation.signatures import HEADER, signature
from kernel.clock import utc_clock
from runtime.postgres.database import Database
from runtime.web.tracing import Tracing
from services.metering.application.recorder import UsageStore
from tests.support.kafka import kafka_bootstrap
from tests.support.tokens import bearer
from tests.support.traced_service import CALLER, composition, exported, served, trace_of, tracing

__all__ = ["composition", "exported", "kafka_bootstrap", "tracing"]
TRACE = "ab" * 16
TRACED = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
PLAN = {"slug": "traced", "name": "Traced", "monthly_conversations": 1, "price_cents": 0}
FEEDS = ["event store", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.slow])]


def stored_causes(database_url: str, table: str) -> list[dict[str, str]]:
    schema, _, name = table.partition(".")
    with Database(database_url, schema) as database:
        rows = database.rows(
            f"SELECT convert_from(state, 'UTF8')::json -> 'cause' AS c FROM {name}"
        )
    return [row["c"] for row in rows]


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
        body = {"id": "evt_1", "type": "charge.paid", "created": created, "data": {}}
        raw = json.dumps(body).encode()
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
        with Database(database_url, "metering", ids="uuid") as database:
            store = UsageStore(database)
            [event] = map(store.decode, store.read(0, 10))
        assert not event.cause.traceparent


@pytest.mark.slow
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
