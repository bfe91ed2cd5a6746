"""Razorpay's SDK behind typed calls; see `session` for what happens to failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import razorpay  # type: ignore[import-untyped]

from gateways.port import GatewayUnavailable
from gateways.razorpay.session import RazorpaySession
from kernel.clock import Clock

Json = dict[str, Any]

LIVE = "https://api.razorpay.com"
_PAGE = 100


class RazorpayClient:
    """`sdk` names the resources, as in `client.sdk.plan.create(...)`: pass the call to `send`."""

    def __init__(
        self,
        key_id: str,
        key_secret: str,
        *,
        clock: Clock,
        api_base: str = LIVE,
        timeout: float = 20.0,
        backoff: float = 0.2,
    ) -> None:
        self.key_id = key_id
        self.key_secret = key_secret
        self.clock = clock
        self.session = RazorpaySession(timeout, backoff)
        self.sdk = razorpay.Client(
            session=self.session, auth=(key_id, key_secret), base_url=api_base
        )

    def close(self) -> None:
        self.session.close()


def send(call: Callable[..., object], *arguments: object, **options: object) -> Json:
    """The answer as a dict; a 204, which the SDK gives as the text `{}`, is an empty one."""
    answer = call(*arguments, **options)
    if isinstance(answer, dict):
        return answer
    if answer == "{}":
        return {}
    raise GatewayUnavailable(gateway="razorpay", reason="the answer is no object")


def every_item(
    call: Callable[..., object], filters: Mapping[str, object], *arguments: str, pages: int = 10_000
) -> Iterator[Json]:
    """All items of a list, newest first, fetched as they are asked for."""
    for page in range(pages):
        query = {**filters, "count": _PAGE, "skip": page * _PAGE}
        items = send(call, *arguments, query).get("items", [])
        yield from items
        if len(items) < _PAGE:
            return


def text(answer: Json, name: str) -> str:
    """A field that every such answer has."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise GatewayUnavailable(gateway="razorpay", reason=f"an answer without {name}")
    return value
