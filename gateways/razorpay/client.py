"""Razorpay's SDK behind typed calls; see `session` for what happens to failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import razorpay  # type: ignore[import-untyped]

from gateways.port import GatewayUnavailable
from gateways.razorpay.session import RazorpaySession
from kernel.money import Money

Json = dict[str, Any]

_PAGE = 100


class RazorpayClient:
    """`sdk` names the resources, as in `client.sdk.plan.create(...)`: pass the call to `asked`."""

    def __init__(
        self, key_id: str, key_secret: str, api_base: str, timeout: float, backoff: float
    ) -> None:
        self.session = RazorpaySession(timeout, backoff)
        self.sdk = razorpay.Client(
            session=self.session, auth=(key_id, key_secret), base_url=api_base
        )

    def close(self) -> None:
        self.session.close()


def asked(call: Callable[..., object], *arguments: object, **options: object) -> Json:
    """The answer as a dict; a 204, which the SDK gives as the text `{}`, is an empty one."""
    answer = call(*arguments, **options)
    if isinstance(answer, dict):
        return answer
    if answer == "{}":
        return {}
    raise GatewayUnavailable(gateway="razorpay", reason="the answer is no object")


def pages(
    call: Callable[..., object], filters: Mapping[str, object], *arguments: str, pages: int = 10_000
) -> Iterator[Json]:
    """All items of a list, newest first, fetched as they are asked for."""
    for page in range(pages):
        query = {**filters, "count": _PAGE, "skip": page * _PAGE}
        items = asked(call, *arguments, query).get("items", [])
        yield from items
        if len(items) < _PAGE:
            return


def text(answer: Json, name: str) -> str:
    """A field that every such answer has."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise GatewayUnavailable(gateway="razorpay", reason=f"an answer without {name}")
    return value


def moment(seconds: object) -> datetime | None:
    """Unix seconds to UTC; Razorpay's 0 and null both mean never."""
    if isinstance(seconds, int) and seconds > 0:
        return datetime.fromtimestamp(seconds, UTC)
    return None


def money(amount: object, currency: object) -> Money:
    """Razorpay counts minor units as ISO 4217 does: none for JPY, thousandths for KWD, BHD, OMR."""
    if not isinstance(amount, int) or not isinstance(currency, str):
        raise GatewayUnavailable(gateway="razorpay", reason="an amount can't be read")
    return Money(amount, currency)
