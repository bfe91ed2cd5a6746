"""Razorpay's error answers as the port's errors. Bodies look like
`{"error": {"code": "BAD_REQUEST_ERROR", "description": "…", "field": "…", "reason": "…"}}`."""

from __future__ import annotations

from typing import Any

from gateways.port import GatewayRejected, GatewayUnavailable, ReferenceNotFound
from kernel.errors import DomainError

# Razorpay answers 400 for an unknown id as for any other mistake.
_UNKNOWN = ("does not exist", "is not a valid id", "no db records found")


def failure(status: int, body: dict[str, Any] | None) -> DomainError:
    if body is None or status >= 500 or status in (409, 429):
        reason = "throttled" if status == 429 else f"status {status}"
        return GatewayUnavailable(gateway="razorpay", reason=reason)
    error = body.get("error")
    details = error if isinstance(error, dict) else {}
    description = str(details.get("description") or "")
    trace: dict[str, Any] = {
        "gateway": "razorpay",
        "status": status,
        "issue": str(details.get("code") or ""),
        "description": description,
        "field": str(details.get("field") or ""),
        "reason": str(details.get("reason") or ""),
    }
    if status == 404 or any(words in description.lower() for words in _UNKNOWN):
        return ReferenceNotFound(**trace)
    return GatewayRejected(**trace)
