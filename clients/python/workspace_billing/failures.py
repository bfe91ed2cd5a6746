"""What may go wrong with a call. The errors of each code stand in `errors`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar


class BillingError(Exception):
    """All of them."""


class Unreachable(BillingError):
    """No answer, in time, after all attempts. A command may have been carried out."""


class CircuitOpen(Unreachable):
    """Not even asked: the last checks failed, and the next one is due in a moment."""


class UnexpectedAnswer(BillingError):
    """Something answered that is not the API, or one of another version."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(f"{problem} (status {status})")
        self.status = status


class ApiError(BillingError):
    """The API refused. `code` is stable, `message` is for people."""

    code: ClassVar[str] = ""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.answered_code = code
        self.message = message
        self.details = dict(details or {})
        self.headers = dict(headers or {})

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-request-id")

    @property
    def retry_after(self) -> int | None:
        """Seconds."""
        text = self.headers.get("retry-after", "")
        return int(text) if text.isdecimal() else None

    @property
    def decision_id(self) -> str | None:
        """Of a quota's refusal: what `billing.decision(…)` explains."""
        return self.headers.get("x-decision-id")

    @property
    def envelope(self) -> dict[str, Any]:
        """As the API answered it."""
        error: dict[str, Any] = {"code": self.answered_code, "message": self.message}
        return {"error": {**error, "details": self.details} if self.details else error}

    def sse(self) -> str:
        """The envelope as one frame of an event stream, as the API itself would send it."""
        return f"event: error\ndata: {json.dumps(self.envelope)}\n\n"


class BadRequest(ApiError):
    """400, 405, 408, 413, 422, 431: the same request is refused again."""


class Unauthenticated(ApiError):
    """401"""


class PaymentRequired(ApiError):
    """402"""


class Forbidden(ApiError):
    """403"""


class NotFound(ApiError):
    """404"""


class Conflict(ApiError):
    """409: something else has to change first."""


class LimitReached(ApiError):
    """429"""


class ServerError(ApiError):
    """5xx: it may be tried again."""


def kind_of(status: int) -> type[ApiError]:
    """For codes that this client doesn't know."""
    kinds: dict[int, type[ApiError]] = {
        401: Unauthenticated,
        402: PaymentRequired,
        403: Forbidden,
        404: NotFound,
        409: Conflict,
        429: LimitReached,
    }
    return kinds.get(status, ServerError if status >= 500 else BadRequest)
