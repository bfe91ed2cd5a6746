"""Everything that stands between the server and the routes, in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from runtime.web.errors import handle_errors
from runtime.web.headers import DefaultHeaders, SecurityHeaders
from runtime.web.limits import Bounds, RequestLimits
from runtime.web.observability import RequestLog, RequestRecords
from runtime.web.pacing import PacedFailures
from runtime.web.rates import Rates
from runtime.web.return_urls import ReturnHosts

EXPOSED = ("X-Event-Position", "X-Request-Id", "X-Decision-Id", "Retry-After")


@dataclass(frozen=True, kw_only=True)
class Edge:
    """`quiet` paths are not logged when they succeed; `bodies` see `Bounds`. Pages of
    `cors_origins` may call us from a browser; `return_hosts` are all, where none is named."""

    rates: Rates
    bodies: Mapping[str, int]
    quiet: tuple[str, ...] = ()
    cors_origins: Sequence[str] = ()
    return_hosts: frozenset[str] = frozenset()
    https_only: bool = False

    @cached_property
    def bounds(self) -> Bounds:
        return Bounds(self.bodies)

    @cached_property
    def records(self) -> RequestRecords:
        return RequestRecords(self.quiet)

    @cached_property
    def defaults(self) -> DefaultHeaders:
        return DefaultHeaders(https_only=self.https_only)


def protect(app: FastAPI, edge: Edge) -> None:
    """Call it after every other middleware was added: what is added last sees a request first."""
    handle_errors(app)
    if edge.return_hosts:
        app.add_middleware(ReturnHosts, hosts=edge.return_hosts)
    app.add_middleware(RequestLimits, bounds=edge.bounds)
    app.add_middleware(PacedFailures, rates=edge.rates)
    app.add_middleware(RequestLog, records=edge.records)
    if edge.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=edge.cors_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"),
            expose_headers=EXPOSED,
        )
    app.add_middleware(SecurityHeaders, defaults=edge.defaults)
