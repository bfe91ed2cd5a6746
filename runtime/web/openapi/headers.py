"""Headers that many operations have alike."""

from __future__ import annotations

from typing import Any

from runtime.web.idempotency import KEPT_HOURS, LONGEST_KEY

TEXT = {"type": "string"}
HEADERS: dict[str, Any] = {
    "X-Event-Position": {
        "description": "Where the service's log stood after the command, as `<service>:<n>`. Read "
        "models that are asked with `?after=` of it show the command.",
        "schema": {**TEXT, "pattern": "^[a-z]+:[0-9]+$", "examples": ["billing:42"]},
        "example": "billing:42",
    },
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 0, "examples": [1]},
        "example": 1,
    },
    "X-Decision-Id": {
        "description": "Names the refusal. `GET /v1/metering/decisions/{id}` explains it for ever.",
        "schema": TEXT,
        "example": "eyJ3IjoiYWNtZSJ9.c2ln",
    },
    "WWW-Authenticate": {
        "description": "The scheme that is wanted.",
        "schema": {**TEXT, "examples": ["Bearer"]},
        "example": "Bearer",
    },
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": f"The same key and body get the same answer for {KEPT_HOURS} hours; with "
    "another body the key is refused.",
    "schema": {
        **TEXT,
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": "^[!-~]([ -~]*[!-~])?$",
        "examples": ["checkout-7f3a"],
    },
}
# Parameters that mean the same wherever they stand in a path.
IN_PATHS: dict[str, Any] = {"ws": {"description": "The workspace's id.", "example": "acme"}}
