"""What the platform's people do with webhook endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from kernel.ids import new_id
from runtime.feed.feed import Log, Position
from runtime.postgres.database import Cursor
from runtime.readmodels.waiting import PositionUnknown
from services.notifications.application.channel import Channels
from services.notifications.application.replays import Replay
from services.notifications.domain.addresses import url_problem
from services.notifications.domain.delivery import Attempt, Message
from services.notifications.domain.endpoint import (
    Endpoint,
    State,
    consumer_of,
    services_of,
    unknown_types,
)
from services.notifications.domain.errors import (
    UnknownEventType,
    WebhookEndpointDisabled,
    WebhookUrlNotAllowed,
)
from services.notifications.domain.signature import new_secret

BY_HAND = "by hand"


class Changes(TypedDict):
    url: NotRequired[str]
    description: NotRequired[str]
    event_types: NotRequired[Sequence[str]]
    state: NotRequired[State]
    rotate_secret: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class ManageEndpoints:
    """`private`: addresses of the own network are allowed. `test_message` makes one of an id."""

    shared: Channels
    private: bool
    test_message: Callable[[str], Message]

    def add(self, url: str, description: str, event_types: Sequence[str]) -> Endpoint:
        """It gets what happens from now on."""
        self._check(url, event_types)
        shared, now = self.shared, self.shared.clock()
        fields: dict[str, Any] = {
            "id": new_id("we"),
            "url": url,
            "description": description,
            "event_types": list(event_types),
            "secret": new_secret(),
            "now": now,
        }
        heads = self._heads(event_types)
        with shared.database.transaction(commit=True) as cursor:
            shared.endpoints.add(cursor, fields)
            shared.positions.begin(cursor, consumer_of(fields["id"]), heads)
        return shared.endpoints.get(fields["id"])

    def change(self, endpoint_id: str, changes: Changes) -> Endpoint:
        """Services that it had no events of are followed from now on."""
        shared, now = self.shared, self.shared.clock()
        before = shared.endpoints.get(endpoint_id)
        fields: dict[str, Any] = {
            "id": endpoint_id,
            "url": changes.get("url", before.url),
            "description": changes.get("description", before.description),
            "event_types": list(changes.get("event_types", before.event_types)),
            "now": now,
        }
        self._check(fields["url"], fields["event_types"])
        heads = self._heads(fields["event_types"])
        with shared.database.transaction(commit=True) as cursor:
            shared.endpoints.change(cursor, fields)
            self._follow(cursor, before, heads)
            if changes.get("rotate_secret"):
                shared.endpoints.rotate(cursor, endpoint_id, new_secret(), now)
            if "state" in changes:
                self._switch(cursor, before, changes["state"])
        return shared.endpoints.get(endpoint_id)

    def remove(self, endpoint_id: str) -> Endpoint:
        """As it was. Raises WebhookEndpointNotFound."""
        shared = self.shared
        endpoint = shared.endpoints.get(endpoint_id)
        with shared.database.transaction(commit=True) as cursor:
            for replay in shared.replays.of(endpoint_id):
                shared.replays.remove(cursor, replay)
            shared.positions.forget(cursor, endpoint.consumer)
            shared.endpoints.remove(cursor, endpoint_id)
        return endpoint

    def replay(
        self, endpoint_id: str, starts: Mapping[str, int] | None, workspace: str | None
    ) -> Replay:
        """`starts`: the first sequence of each service; every one that is followed from its
        beginning, where none is named. Raises PositionUnknown."""
        shared = self.shared
        endpoint = shared.endpoints.get(endpoint_id)
        reached = shared.positions.all_of(endpoint.consumer)
        wanted = starts if starts is not None else {each.service: 1 for each in reached}
        until = {log: at for log, at in reached.items() if log.service in wanted}
        for service, first in wanted.items():
            _check_known(service, first, until)
        replay = Replay(new_id("wr"), endpoint_id, workspace, until)
        with shared.database.transaction(commit=True) as cursor:
            begin = {service: max(first - 1, 0) for service, first in wanted.items()}
            shared.replays.add(cursor, replay, begin, shared.clock())
        return replay

    def test(self, endpoint_id: str) -> Attempt:
        """One attempt, at once, that leaves no row."""
        endpoint = self.shared.endpoints.get(endpoint_id)
        if endpoint.state != "enabled":
            raise WebhookEndpointDisabled
        return asyncio.run(self._send_test(endpoint))

    async def _send_test(self, endpoint: Endpoint) -> Attempt:
        sender = self.shared.new_sender()
        try:
            return await sender.send(endpoint, self.test_message(new_id("test")))
        finally:
            await sender.close()

    def _switch(self, cursor: Cursor, before: Endpoint, state: State) -> None:
        shared = self.shared
        reason = None if state == "enabled" else BY_HAND
        switched = shared.endpoints.switch(cursor, before.id, reason, shared.clock())
        if switched and state == "enabled":
            shared.deliveries.all_due(cursor, before.id)

    def _check(self, url: str, event_types: Sequence[str]) -> None:
        problem = url_problem(url, private=self.private)
        if problem is not None:
            raise WebhookUrlNotAllowed(reason=f"The URL {problem}.")
        unknown = unknown_types(event_types, self.shared.offered)
        if unknown:
            raise UnknownEventType(event_types=unknown)

    def _heads(self, event_types: Sequence[str]) -> Mapping[Log, Position]:
        """The ends of the logs with such events, for who begins now."""
        services = services_of(event_types, self.shared.offered)
        return self.shared.feed().heads(services)

    def _follow(self, cursor: Cursor, endpoint: Endpoint, heads: Mapping[Log, Position]) -> None:
        """Goes on where it has been, begins where it has not, and forgets the rest."""
        positions = self.shared.positions
        known = {log.service for log in positions.all_within(cursor, endpoint.consumer)}
        wanted = {log.service for log in heads}
        for service in known - wanted:
            positions.forget(cursor, endpoint.consumer, service)
        begun = {log: head for log, head in heads.items() if log.service not in known}
        positions.begin(cursor, endpoint.consumer, begun)


def _check_known(service: str, first: int, until: Mapping[Log, Position]) -> None:
    """Where a broker counts, how far a log goes is not known by its sequence."""
    of_service = [position for log, position in until.items() if log.service == service]
    if not of_service:
        raise PositionUnknown(service=service)
    last = max(position.sequence for position in of_service)
    if first > last and not any(position.offset for position in of_service):
        raise PositionUnknown(service=service, last=last)
