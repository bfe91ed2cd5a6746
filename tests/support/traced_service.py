"""A whole system in one process whose spans are kept in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deploy.composition import Composition
from deploy.process import Process
from deploy.settings import PARTS, Settings
from runtime.web.tracing import Tracing
from tests.support.tokens import SECRET

CALLER = "cd" * 8


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
    relayed = list(composition.events.stores) if composition.events.kafka else []
    process = Process(composition, serve=PARTS, follow=PARTS, relay=relayed)
    return TestClient(process.app())


def trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""
