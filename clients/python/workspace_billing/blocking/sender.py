# Generated from aio/sender.py: change that one.
"""Carries out calls over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import httpx

from workspace_billing.breaker import Breaker
from workspace_billing.call import Answer, Call, path
from workspace_billing.exchange import Exchange, Request, Session, Wait, refusal
from workspace_billing.failures import Unreachable

T = TypeVar("T")
E = TypeVar("E", covariant=True)
Read = Callable[[Answer], T]
SECONDS_BETWEEN_PIECES = 60.0


class Page(Protocol[E]):
    @property
    def data(self) -> Sequence[E]: ...
    @property
    def next(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """`workspace` is whom its calls are about; empty for all."""

    http: httpx.Client
    session: Session
    breaker: Breaker
    workspace: str = ""

    def about(self, workspace: str) -> Sender:
        return replace(self, workspace=workspace)

    def run(self, exchange: Exchange[T]) -> T:
        answer: Answer | None = None
        try:
            step = next(exchange)
            while True:
                answer = self._done(step)
                step = exchange.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def command(
        self,
        method: str,
        place: str,
        read: Read[T],
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
        services: Sequence[str] = (),
    ) -> T:
        """`services`: whose earlier commands it has to know."""
        call = Call(
            method=method,
            path=self._path(place),
            read=read,
            query=query or {},
            body=body,
            workspace=self.workspace,
            waits_for=tuple(services),
            keyed=method == "POST",
            key=key,
        )
        return self.run(self.session.exchange(call))

    def query(self, place: str, read: Read[T], services: Sequence[str] = (), **query: Any) -> T:
        """`services`: whose commands the answer has to show."""
        call = Call(
            method="GET",
            path=self._path(place),
            read=read,
            query=query,
            workspace=self.workspace,
            waits_for=tuple(services),
        )
        return self.run(self.session.exchange(call))

    def pages(
        self, place: str, read: Read[Page[E]], services: Sequence[str] = (), **query: Any
    ) -> Iterator[E]:
        """Every element of a list, a page at a time as they are asked for."""
        cursor: str | None = query.pop("cursor", None)
        while True:
            page = self.query(place, read, services, cursor=cursor, **query)
            for element in page.data:
                yield element
            if page.next is None:
                return
            cursor = page.next

    def file(self, place: str, services: Sequence[str] = (), **query: Any) -> Iterator[bytes]:
        """Piece by piece, asked for once. Raises Unreachable where it breaks off: what came until
        then is not all of it."""
        call: Call[None] = Call(
            method="GET",
            path=self._path(place),
            read=lambda _: None,
            query=query,
            workspace=self.workspace,
            waits_for=tuple(services),
        )
        asked = self.session.request(call, None, SECONDS_BETWEEN_PIECES)
        try:
            with self.http.stream(
                asked.method,
                asked.path,
                params=asked.query,
                headers=asked.headers,
                timeout=asked.timeout,
            ) as response:
                if not response.is_success:
                    body = response.read()
                    raise refusal(Answer(response.status_code, response.headers, body))
                for piece in response.iter_bytes():
                    yield piece
        except httpx.TransportError as error:
            raise Unreachable(f"GET {asked.path}: broke off") from error

    def _path(self, place: str) -> str:
        """`{ws}` by the workspace."""
        return place.replace("{ws}", path("{}", self.workspace))

    def _done(self, step: Request | Wait) -> Answer | None:
        if isinstance(step, Wait):
            time.sleep(step.seconds)
            return None
        try:
            response = self.http.request(
                step.method,
                step.path,
                params=step.query,
                headers=step.headers,
                content=step.content,
                timeout=step.timeout,
            )
        except httpx.TransportError:
            return None
        return Answer(response.status_code, response.headers, response.content)
