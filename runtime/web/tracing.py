"""OpenTelemetry: one trace from a request through its events to whoever applies them.

Only imported by a process that has it switched on. The context travels with each event as a W3C
`traceparent`, so it crosses the event store and any broker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TypeVar

from fastapi.telemetry import TelemetryConfig
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanContext, SpanKind, TracerProvider, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.eventstore.command import current_trace
from runtime.feed.consumer import Consumer
from runtime.feed.feed import Event
from runtime.postgres.database import Cursor

E = TypeVar("E", bound=Event)
W3C = TraceContextTextMapPropagator()
SERVICE = "workspace-billing"
# A batch from so many traces is a span in each of them; from more, one span linked to them all.
FEW = 10


class Tracing:
    """`close` sends what is still waiting."""

    def __init__(self, provider: TracerProvider, close: Callable[[], None] = lambda: None) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE)
        self.close = close

    def requests(self, quiet: tuple[str, ...]) -> TelemetryConfig:
        """How FastAPI traces requests: all but those on `quiet` paths, with what it was sent."""
        return {
            "tracer_provider": self._provider,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "exclude": lambda scope: scope.get("path", "").startswith(quiet),
        }

    def following(self, consumer: Consumer[E]) -> Consumer[E]:
        """The same consumer; what it does with events of a trace is a span of that trace."""

        def handle(cursor: Cursor, events: Sequence[E]) -> None:
            with self._spans(consumer.name, events):
                consumer.handle(cursor, events)

        return replace(consumer, handle=handle)

    @contextmanager
    def _spans(self, consumer: str, events: Sequence[E]) -> Iterator[None]:
        """None when no event was traced: read models that are built again leave no spans."""
        contexts = [_context(each) for each in _distinct(event.traceparent for event in events)]
        parents: Sequence[Context] = contexts if len(contexts) <= FEW else [Context()]
        links = [] if parents is contexts else [Link(_span_context(each)) for each in contexts]
        with ExitStack() as spans:
            for parent in parents:
                spans.enter_context(
                    self._tracer.start_as_current_span(
                        f"{consumer} process",
                        parent,
                        SpanKind.CONSUMER,
                        {"messaging.batch.message_count": len(events)},
                        links,
                    )
                )
            yield


class CarryTrace:
    """ASGI middleware inside of a traced request: its command keeps the context with its events."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        command = current_trace()
        if scope["type"] == "http" and command is not None:
            command.traceparent = _traceparent()
        await self.app(scope, receive, send)


def exporting(endpoint: str) -> Tracing:
    """Sends spans to a collector, as OTLP over HTTP, in the background. The SDK's own variables
    (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …) hold. Raises ImportError without the SDK."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider as Provider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": SERVICE}).merge(OTELResourceDetector().detect())
    provider = Provider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    return Tracing(provider, provider.shutdown)


def _traceparent() -> str:
    carrier: dict[str, str] = {}
    W3C.inject(carrier)
    return carrier.get("traceparent", "")


def _distinct(traceparents: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, traceparents)))


def _context(traceparent: str) -> Context:
    return W3C.extract({"traceparent": traceparent}, Context())


def _span_context(context: Context) -> SpanContext:
    return get_current_span(context).get_span_context()
