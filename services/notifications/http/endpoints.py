"""The operations of webhook endpoints, for the platform's super_admin alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from runtime.readmodels.waiting import PositionUnknown
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.errors import Before, Limit, page
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import refuses
from services.notifications.application.deliveries import Deliveries
from services.notifications.application.endpoints import Endpoints
from services.notifications.application.manage_endpoints import ManageEndpoints
from services.notifications.domain import errors
from services.notifications.http.bodies import (
    AddWebhookEndpoint,
    ChangeWebhookEndpoint,
    DeliveryState,
    ReplayWebhooks,
    WebhookDeliveriesBody,
    WebhookEndpointBody,
    WebhookEndpointsBody,
    WebhookEndpointWithSecret,
    WebhookReplayBody,
    WebhookTestBody,
    Workspace,
    attempt_body,
    delivery_body,
    endpoint_fields,
    replay_body,
)

OF_ADDING = refuses(
    errors.WebhookUrlNotAllowed, errors.UnknownEventType, errors.TooManyWebhookEndpoints
)
OF_ONE = refuses(errors.WebhookEndpointNotFound)
OF_CHANGES = refuses(
    errors.WebhookEndpointNotFound, errors.WebhookUrlNotAllowed, errors.UnknownEventType
)
OF_REPLAYS = refuses(errors.WebhookEndpointNotFound, PositionUnknown)
OF_TESTS = refuses(errors.WebhookEndpointNotFound, errors.WebhookEndpointDisabled)
EndpointId = Annotated[
    str, Path(alias="id", max_length=64, description="The endpoint's id.", examples=["we_0f3a"])
]


def endpoints_router(
    keys: IdempotencyKeys,
    access: Access,
    manage: ManageEndpoints,
    endpoints: Endpoints,
    deliveries: Deliveries,
) -> APIRouter:
    router = command_router(None, keys, prefix="/v1/webhook-endpoints", tags=["webhook endpoints"])
    _add_readings(router, access, endpoints, deliveries)
    _add_changes(router, access, manage)
    _add_actions(router, access, manage)
    return router


def _add_readings(
    router: APIRouter, access: Access, endpoints: Endpoints, deliveries: Deliveries
) -> None:
    @router.get("")
    def list_webhook_endpoints(_: Principal = access.super_admin) -> WebhookEndpointsBody:
        """The webhook endpoints. Their secrets are not shown."""
        found = endpoints.listed()
        return WebhookEndpointsBody(
            data=[WebhookEndpointBody(**endpoint_fields(each)) for each in found]
        )

    @router.get("/{id}", openapi_extra=OF_ONE)
    def get_webhook_endpoint(
        endpoint_id: EndpointId, _: Principal = access.super_admin
    ) -> WebhookEndpointBody:
        """One webhook endpoint, and how it fares."""
        return WebhookEndpointBody(**endpoint_fields(endpoints.get(endpoint_id)))

    @router.get("/{id}/deliveries", openapi_extra=OF_ONE)
    def list_webhook_deliveries(
        endpoint_id: EndpointId,
        state: Annotated[DeliveryState | None, Query(description="Only these.")] = None,
        workspace_id: Annotated[Workspace | None, Query(description="Only its events.")] = None,
        limit: Limit = 50,
        cursor: Before = "",
        _: Principal = access.super_admin,
    ) -> WebhookDeliveriesBody:
        """What was sent to an endpoint, and what waits to be sent again. Kept for 30 days."""
        endpoints.get(endpoint_id)
        rows = deliveries.listed(endpoint_id, state, workspace_id, cursor, limit + 1)
        found = page(rows, limit, lambda row: str(row["number"]))
        return WebhookDeliveriesBody(
            data=[delivery_body(row) for row in found["data"]], next=found["next"]
        )


def _add_changes(router: APIRouter, access: Access, manage: ManageEndpoints) -> None:
    @router.post("", status_code=201, openapi_extra=OF_ADDING)
    def add_webhook_endpoint(
        body: AddWebhookEndpoint, _: Principal = access.super_admin
    ) -> WebhookEndpointWithSecret:
        """Add a webhook endpoint. It gets what happens from now on, signed with `secret`."""
        added = manage.add(body.url, body.description, body.event_types)
        return WebhookEndpointWithSecret(**endpoint_fields(added), secret=added.secrets[0])

    @router.patch("/{id}", openapi_extra=OF_CHANGES)
    def change_webhook_endpoint(
        endpoint_id: EndpointId, body: ChangeWebhookEndpoint, _: Principal = access.super_admin
    ) -> WebhookEndpointWithSecret:
        """Change a webhook endpoint, enable or disable it, or give it a new secret."""
        changes = body.changes()
        changed = manage.change(endpoint_id, changes)
        secret = changed.secrets[0] if changes.get("rotate_secret") else None
        return WebhookEndpointWithSecret(**endpoint_fields(changed), secret=secret)

    @router.delete("/{id}", openapi_extra=OF_ONE)
    def remove_webhook_endpoint(
        endpoint_id: EndpointId, _: Principal = access.super_admin
    ) -> WebhookEndpointBody:
        """Remove a webhook endpoint, with what waits for it."""
        return WebhookEndpointBody(**endpoint_fields(manage.remove(endpoint_id)))


def _add_actions(router: APIRouter, access: Access, manage: ManageEndpoints) -> None:
    @router.post("/{id}/replay", status_code=202, openapi_extra=OF_REPLAYS)
    def replay_webhooks(
        endpoint_id: EndpointId,
        body: ReplayWebhooks | None = None,
        _: Principal = access.super_admin,
    ) -> WebhookReplayBody:
        """Send events again. They have the same ids; what is newer waits until they are sent."""
        wanted = body or ReplayWebhooks()
        return replay_body(manage.replay(endpoint_id, wanted.starts(), wanted.workspace_id))

    @router.post("/{id}/test", openapi_extra=OF_TESTS)
    def send_test_webhook(
        endpoint_id: EndpointId, _: Principal = access.super_admin
    ) -> WebhookTestBody:
        """Send a test event now, once. It shows what the endpoint answers."""
        return attempt_body(manage.test(endpoint_id))
