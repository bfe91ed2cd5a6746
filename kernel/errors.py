"""The one error taxonomy. Leaves live in `domain/errors.py`; `runtime.web.errors` maps kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

Kind = Literal[
    "invalid",
    "malformed",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "payment_required",
    "too_large",
    "too_slow",
    "unsupported",
    "limit_reached",
    "unavailable",
    "upstream",
    "timeout",
    "internal",
]


class DomainError(Exception):
    """A refusal that a caller can act on.

    `code` is stable and public (snake_case), `kind` decides the transport's status, `message` is
    for people. `details` must be JSON and never carries a secret.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    message: ClassVar[str] = ""

    def __init__(self, message: str = "", **details: Any) -> None:
        self.text = message or self.message or type(self).__name__
        self.details: Mapping[str, Any] = details
        super().__init__(self.text)

    @classmethod
    def leaves(cls) -> Iterator[type[DomainError]]:
        """Every error class that names its own code, at any depth."""
        for child in cls.__subclasses__():
            if "code" in child.__dict__:
                yield child
            yield from child.leaves()


class ValidationFailed(DomainError):
    code = "validation_failed"
    kind = "invalid"
    message = "The request is not valid."


class Unauthenticated(DomainError):
    code = "unauthenticated"
    kind = "unauthenticated"
    message = "A valid bearer token is required."


class Forbidden(DomainError):
    code = "forbidden"
    kind = "forbidden"
    message = "You may not do this."


class NotFound(DomainError):
    code = "not_found"
    kind = "not_found"
    message = "There is nothing here."


class Conflict(DomainError):
    """Concurrent commands kept colliding, or the state does not allow the command."""

    code = "conflict"
    kind = "conflict"
    message = "The resource was changed at the same time. Try again."


class SlugTaken(Conflict):
    """Slugs are unique within their catalogue and never change."""

    code = "slug_taken"
    message = "This slug is taken."


class Unavailable(DomainError):
    """The caller repeats the same request after `retry_after` seconds (a detail): what it asks for
    is done once, also where its answer got lost."""

    code = "unavailable"
    kind = "unavailable"
    message = "The service is busy. Try again."


class RateLimited(DomainError):
    """`retry_after` (a detail) says in how many seconds there is room again."""

    code = "rate_limited"
    kind = "limit_reached"
    message = "Too many requests. Try again later."


class CardDeclined(DomainError):
    """Nothing was charged or changed. `decline_code` (a detail) is the gateway's word."""

    code = "card_declined"
    kind = "payment_required"
    message = "The card was declined."


class PriceChanged(Conflict):
    """Nothing was charged: `price_cents` and `currency` (details) are what it costs."""

    code = "price_changed"
    message = "The price is another one than was shown."
