"""Bodies of the webhook endpoints' operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kernel.text import LINE
from runtime.postgres.database import Row
from runtime.web.openapi import means, optional
from services.notifications.application.manage_endpoints import Changes
from services.notifications.application.replays import Replay
from services.notifications.domain.addresses import LONGEST_URL
from services.notifications.domain.delivery import Attempt
from services.notifications.domain.endpoint import Endpoint, State

Url = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_URL, pattern=r"^https?://[!-~]+$"),
    means("Where events are posted to.", "https://app.example.com/hooks/billing"),
]
EventType = Annotated[
    str, Field(pattern=r"^(\*|[a-z]+\.(\*|[a-z_]+|[A-Za-z]+\.v[0-9]+))$", max_length=120)
]
EventTypes = Annotated[
    list[EventType],
    Field(min_length=1, max_length=200),
    means(
        "Which events: a type, all of a service (`billing.*`), or all (`*`).",
        ["billing.PlanSubscribed.v1", "addons.*"],
    ),
]
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    Field(max_length=200, pattern=rf"{LINE}|^$"),
    means("For people.", "Production"),
]
Workspace = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"),
    means("Only the events of this workspace.", "acme"),
]
Position = Annotated[
    str,
    Field(pattern=r"^[a-z]{1,32}:[0-9]{1,18}$"),
    means("The first event to be sent again, by its id.", "billing:42"),
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AddWebhookEndpoint(Body):
    """An endpoint that gets what happens from now on."""

    url: Url
    event_types: EventTypes = ["*"]
    description: Description = ""


class ChangeWebhookEndpoint(Body):
    """Only what is given changes."""

    url: Url = optional("")
    event_types: EventTypes = optional([])
    description: Description = optional("")
    state: Annotated[
        State, means("`disabled` gets nothing; enabled again it goes on where it was.", "enabled")
    ] = optional("enabled")
    rotate_secret: Annotated[
        bool,
        means("A new secret; the one before is signed with beside it for 24 hours.", False),
    ] = optional(False)

    def changes(self) -> Changes:
        return cast("Changes", self.model_dump(exclude_unset=True))


class ReplayWebhooks(Body):
    """What to send again: from a position, of a workspace, or both; of neither, everything."""

    position: Position | None = None
    workspace_id: Workspace | None = None

    def starts(self) -> dict[str, int] | None:
        if self.position is None:
            return None
        service, _, sequence = self.position.partition(":")
        return {service: int(sequence)}


class WebhookEndpointBody(BaseModel):
    """A webhook endpoint and how it fares."""

    id: Annotated[str, means("Names it.", "we_0f3a")]
    url: Annotated[str, means("Where events go.", "https://app.example.com/hooks/billing")]
    description: Annotated[str, means("For people.", "Production")]
    event_types: Annotated[list[str], means("Which events.", ["billing.*"])]
    state: Annotated[State, means("Whether it gets events.", "enabled")]
    disabled_reason: Annotated[
        str | None, means("`by hand`, `gone` (it answered 410) or `failing` (for 3 days).", None)
    ]
    failing_since: Annotated[
        datetime | None, means("Nothing but failures since then; null: it takes events.", None)
    ]
    retry_at: Annotated[
        datetime | None, means("When it is tried next, while it takes nothing.", None)
    ]
    created_at: Annotated[datetime, means("When it was added.", "2026-11-22T10:00:00Z")]
    changed_at: Annotated[datetime, means("When it was last changed.", "2026-11-22T10:00:00Z")]


class WebhookEndpointWithSecret(WebhookEndpointBody):
    """The secret is shown here and never again."""

    secret: Annotated[
        str | None,
        means("What signatures are checked with; null where it did not change.", "whsec_MDEyMzQ1"),
    ]


class WebhookEndpointsBody(BaseModel):
    """All webhook endpoints."""

    data: Annotated[list[WebhookEndpointBody], means("Oldest first.")]
    next: Annotated[None, means("There is no further page.", None)] = None


DeliveryState = Literal["waiting", "delivered", "failed"]


class WebhookDeliveryBody(BaseModel):
    """An event on its way to an endpoint: its last attempt, and the next one."""

    event_id: Annotated[str, means("The event, and the `webhook-id`.", "billing:42")]
    event_type: Annotated[str, means("Its type.", "billing.PlanSubscribed.v1")]
    workspace_id: Annotated[str, means("Whose it is; empty of a catalogue.", "acme")]
    state: Annotated[DeliveryState, means("`failed`: given up after 3 days.", "delivered")]
    attempts: Annotated[int, means("How often it was tried.", 1)]
    response_code: Annotated[int | None, means("What was answered, if anything.", 200)]
    latency_ms: Annotated[int | None, means("How long the last attempt took.", 23)]
    error: Annotated[str, means("Why the last attempt failed.", "")]
    first_at: Annotated[datetime | None, means("The first attempt.", "2026-11-22T10:00:00Z")]
    last_at: Annotated[datetime | None, means("The last attempt.", "2026-11-22T10:00:00Z")]
    retry_at: Annotated[datetime | None, means("When it is tried next.", None)]


class WebhookDeliveriesBody(BaseModel):
    """A page of an endpoint's deliveries."""

    data: Annotated[list[WebhookDeliveryBody], means("Newest first.")]
    next: Annotated[str | None, means("The cursor of the next page.", None)]


class WebhookReplayBody(BaseModel):
    """What will be sent again before anything newer."""

    id: Annotated[str, means("Names it.", "wr_0f3a")]
    workspace_id: Annotated[str | None, means("Whose events; null: all.", "acme")]
    until: Annotated[dict[str, int], means("The last event of each service.", {"billing": 97})]


class WebhookTestBody(BaseModel):
    """One attempt with an event of type `webhook.test`."""

    delivered: Annotated[bool, means("Whether it was answered with 2xx.", True)]
    response_code: Annotated[int | None, means("What was answered, if anything.", 200)]
    latency_ms: Annotated[int, means("How long it took.", 23)]
    error: Annotated[str, means("Why it was no delivery.", "")]


def endpoint_fields(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": list(endpoint.event_types),
        "state": endpoint.state,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.health.failing_since,
        "retry_at": endpoint.health.again_at,
        "created_at": endpoint.created_at,
        "changed_at": endpoint.changed_at,
    }


def delivery_body(row: Row) -> WebhookDeliveryBody:
    return WebhookDeliveryBody(
        event_id=f"{row['service']}:{row['sequence']}",
        event_type=row["event_type"],
        workspace_id=row["workspace"],
        state=row["state"],
        attempts=row["attempts"],
        response_code=row["status"],
        latency_ms=row["latency_ms"],
        error=row["error"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        retry_at=row["again_at"],
    )


def replay_body(replay: Replay) -> WebhookReplayBody:
    until: dict[str, int] = {}
    for log, position in replay.until.items():
        until[log.service] = max(position.sequence, until.get(log.service, 0))
    return WebhookReplayBody(id=replay.id, workspace_id=replay.workspace, until=until)


def attempt_body(attempt: Attempt) -> WebhookTestBody:
    return WebhookTestBody(
        delivered=attempt.verdict == "delivered",
        response_code=attempt.status,
        latency_ms=attempt.latency_ms,
        error=attempt.error,
    )
