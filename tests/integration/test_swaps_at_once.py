"""Two swaps of one subscription at once: each is answered with what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from gateways.port import Gateway, Subscriptions, SwapOutcome
from tests.support.answers import code
from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_drivers import open_driver

Swap = Callable[..., SwapOutcome]


class Between:
    """Runs `meanwhile` once, around the first swap that reaches the gateway."""

    def __init__(self, inner: Subscriptions) -> None:
        self._inner = inner
        self.meanwhile: Callable[[Swap, tuple[Any, ...]], SwapOutcome] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def swap(self, *named: Any) -> SwapOutcome:
        meanwhile, self.meanwhile = self.meanwhile, None
        return meanwhile(self._inner.swap, named) if meanwhile else self._inner.swap(*named)


@pytest.fixture
def between() -> list[Between]:
    return []


@pytest.fixture
def billing(billing_url: str, between: list[Between]) -> Iterator[BillingService]:
    with opened(billing_url, between) as billing:
        billing.subscribe()
        yield billing


@contextmanager
def opened(url: str, between: list[Between]) -> Iterator[BillingService]:
    def wrap(gateway: Gateway) -> Gateway:
        between.append(Between(gateway.subscriptions))
        return replace(gateway, subscriptions=cast(Subscriptions, between[0]))

    with (
        open_driver("sandbox-stripe") as driver,
        billing_service(url, {"sandbox": driver}, wrap=wrap) as billing,
    ):
        yield billing


def swap(billing: BillingService, plan: str) -> Any:
    return billing.post("/subscription/swap", {"plan": plan})


class TestTwoSwapsAtOnce:
    @pytest.mark.parametrize("reaches_first", [True, False])
    def test_the_one_that_is_overtaken_is_told_so(
        self, billing: BillingService, between: list[Between], *, reaches_first: bool
    ) -> None:
        other: list[Any] = []

        def meanwhile(reach: Swap, named: tuple[Any, ...]) -> SwapOutcome:
            if reaches_first:
                outcome = reach(*named)
                other.append(swap(billing, "pro-yearly"))
                return outcome
            between[0].meanwhile = lambda their_reach, theirs: (
                their_reach(*theirs),
                reach(*named),
            )[0]
            other.append(swap(billing, "pro-yearly"))
            return reach(*named)

        between[0].meanwhile = meanwhile
        first = swap(billing, "team")
        lost, won = (first, other[0]) if reaches_first else (other[0], first)
        assert code(lost) == (409, "change_overtaken")
        assert won.status_code == 200
        [shown] = billing.at_gateways()
        assert shown.price is not None
        assert won.json()["subscription"]["amount_cents"] == shown.price.amount
        assert billing.reconcile()["plan"] == won.json()["plan"]
        assert billing.account.change is None
