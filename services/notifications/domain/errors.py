"""Why the notification service refuses. Codes are public and stable."""

from __future__ import annotations

from kernel.errors import Conflict, NotFound, ValidationFailed


class WebhookEndpointNotFound(NotFound):
    code = "webhook_endpoint_not_found"
    message = "There is no such webhook endpoint."


class WebhookUrlNotAllowed(ValidationFailed):
    """`reason` (a detail) says why."""

    code = "webhook_url_not_allowed"
    message = "Webhooks can't be sent to this URL."


class UnknownEventType(ValidationFailed):
    """`event_types` (a detail) lists those that no event has."""

    code = "unknown_event_type"
    message = "There are no events of this type."


class TooManyWebhookEndpoints(Conflict):
    code = "too_many_webhook_endpoints"
    message = "There are as many webhook endpoints as there may be."


class WebhookEndpointDisabled(Conflict):
    code = "webhook_endpoint_disabled"
    message = "This webhook endpoint is disabled. Enable it first."
