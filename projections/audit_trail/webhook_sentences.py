"""Events about webhooks told in sentences that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

WEBHOOKS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "WebhookReceived": "{gateway} notified us: {webhook_type} ({webhook_id}).".format_map,
    "WebhookPutOff": "Webhook {webhook_id} could not be read ({reason}) and waits.".format_map,
    "WebhookParked": "Webhook {webhook_id} was given up, attempt {attempts}: {reason}.".format_map,
    "WebhookRetried": "Webhook {webhook_id} is to be read again.".format_map,
    "WebhookProcessed": "Webhook {webhook_id} was read at last.".format_map,
}
