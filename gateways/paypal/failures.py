"""PayPal's error answers as the port's errors. Bodies look like
`{"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "…"}], "debug_id": "…"}`."""

from __future__ import annotations

from typing import Any

import httpx

from gateways.port import GatewayRejected, GatewayUnavailable, ReferenceNotFound
from kernel.errors import DomainError

# What time mends, or the merchant: the same request is accepted later.
_LATER = frozenset(
    {
        "ORDER_COMPLETION_IN_PROGRESS",
        "PENDING_CAPTURE",
        "PREVIOUS_REQUEST_IN_PROGRESS",
        "REFUND_FAILED_INSUFFICIENT_FUNDS",
        "RESOURCE_CONFLICT",
    }
)


def failure(response: httpx.Response) -> DomainError:
    """The error for an answer that is no success."""
    body = _body(response)
    issue = _issue(body)
    trace = {"gateway": "paypal", "issue": issue, "debug_id": str(body.get("debug_id", ""))}
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = response.headers.get("retry-after", "")
        seconds = float(wait) if wait.isdigit() else 0.0
        return GatewayUnavailable(reason="throttled", retry_after=seconds, **trace)
    if status >= 500 or status == httpx.codes.CONFLICT or issue in _LATER:
        return GatewayUnavailable(reason=f"status {status}", **trace)
    if status == httpx.codes.NOT_FOUND:
        return ReferenceNotFound(**trace)
    if not body and status != httpx.codes.METHOD_NOT_ALLOWED:
        # A proxy's page in place of PayPal's answer says nothing about the request itself.
        return GatewayUnavailable(reason=f"status {status} without JSON", **trace)
    return GatewayRejected(status=status, **trace)


def throttled_for(error: GatewayUnavailable) -> float:
    """Seconds that PayPal asked us to wait; 0 when it did not."""
    return float(error.details.get("retry_after", 0.0))


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _issue(body: dict[str, Any]) -> str:
    details = body.get("details")
    if isinstance(details, list) and details and isinstance(details[0], dict):
        return str(details[0].get("issue", ""))
    # The token endpoint answers in OAuth's shape.
    return str(body.get("name") or body.get("error") or "")
