"""Every state has a way out, whatever a gateway refuses: a new plan can be bought."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from gateways.port import (
    Checkouts,
    Gateway,
    GatewayRejected,
    GatewayUnavailable,
    ReferenceNotFound,
    Subscriptions,
)
from kernel.errors import DomainError
from services.billing.domain.account.schedule import is_unsettled
from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_drivers import open_driver
from tests.support.tokens import bearer

SUPPORT = bearer("support", subject="sue")


@dataclass
class Refusals:
    """What the gateway says to whoever names an object that was there before."""

    error: type[DomainError] | None = None
    before: set[str] = field(default_factory=set)

    def check(self, named: tuple[object, ...]) -> None:
        if self.error is not None and self.before & {each for each in named if each}:
            raise self.error


class Refusing:
    def __init__(self, inner: object, refusals: Refusals) -> None:
        self._inner, self._refusals = inner, refusals

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)

        def checked(*args: Any, **options: Any) -> Any:
            named = [getattr(each, "customer", each) for each in args]
            self._refusals.check(tuple(each for each in named if isinstance(each, str)))
            return call(*args, **options)

        return checked


@contextmanager
def refusing(url: str, kind: str, refusals: Refusals) -> Iterator[BillingService]:
    def wrap(gateway: Gateway) -> Gateway:
        return replace(
            gateway,
            subscriptions=cast(Subscriptions, Refusing(gateway.subscriptions, refusals)),
            checkouts=cast(Checkouts, Refusing(gateway.checkouts, refusals)),
        )

    with (
        open_driver(kind) as driver,
        billing_service(url, {"sandbox": driver}, wrap=wrap) as billing,
    ):
        yield billing


def failing(billing: BillingService) -> None:
    billing.driver.fail_payment(billing.subscribe())
    billing.deliver()


def suspended(billing: BillingService) -> None:
    reference = billing.subscribe()
    billing.driver.fail_payment(reference)
    billing.driver.suspend(reference)
    billing.deliver()


def ending(billing: BillingService) -> None:
    billing.subscribe()
    billing.post("/subscription/cancel")


def replacing(billing: BillingService) -> None:
    billing.subscribe()
    billing.checkout("team")


def replaced(billing: BillingService) -> None:
    """The former subscription is not ended yet."""
    billing.subscribe()
    billing.pay(billing.checkout("team"))


STATES: dict[str, Callable[[BillingService], Any]] = {
    "nothing": lambda _: None,
    "checkout open": lambda billing: billing.checkout(),
    "subscribed": lambda billing: billing.subscribe(),
    "past due": failing,
    "suspended": suspended,
    "ending": ending,
    "about to be replaced": replacing,
    "replaced": replaced,
}


def references(billing: BillingService) -> set[str]:
    account = billing.billing.accounts.find("acme")
    if account is None:
        return set()
    named = {each.ref for each in account.checkouts.values()}
    named |= {each.ref for each in account.payers.values()}
    return named | {each.customer or "" for each in account.payers.values()} - {""}


def forget(billing: BillingService, ref: str) -> int:
    body = {"gateway": "sandbox", "ref": ref, "reason": "the gateway does not answer for it"}
    url = "/v1/billing/workspaces/acme/forget"
    return int(billing.client.post(url, json=body, headers=SUPPORT).status_code)


@pytest.mark.parametrize("error", [ReferenceNotFound, GatewayRejected, GatewayUnavailable])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "kind",
    [
        "sandbox-stripe",
        pytest.param("sandbox-paypal", marks=pytest.mark.slow),
        pytest.param("sandbox-razorpay", marks=pytest.mark.slow),
    ],
)
class TestEveryStateHasAWayOut:
    def test_support_forgets_and_the_customer_buys(
        self, billing_url: str, kind: str, state: str, error: type[DomainError]
    ) -> None:
        refusals = Refusals()
        with refusing(billing_url, kind, refusals) as billing:
            STATES[state](billing)
            refusals.error, refusals.before = error, references(billing)
            for path in ("/reconcile", "/subscription/cancel"):
                assert billing.post(path).status_code < 500 or error is not ReferenceNotFound
            for ref in refusals.before:
                assert forget(billing, ref) == 200
            billing.pay(billing.checkout("pro"))
            assert billing.reconcile()["plan"] == "pro"

    def test_or_the_gateway_is_well_again(
        self, billing_url: str, kind: str, state: str, error: type[DomainError]
    ) -> None:
        refusals = Refusals()
        with refusing(billing_url, kind, refusals) as billing:
            STATES[state](billing)
            refusals.error, refusals.before = error, references(billing)
            for path in ("/reconcile", "/subscription/cancel", "/reconcile"):
                billing.post(path)
            refusals.error = None
            plan = "pro-yearly"
            billing.deliver()
            billing.pay(billing.checkout(plan))
            billing.sweep()
            assert billing.reconcile()["plan"] == plan
            assert len(billing.charging()) == 1


class TestSupersededAndGone:
    def test_what_its_gateway_does_not_know_for_a_day_is_given_up(self, billing_url: str) -> None:
        refusals = Refusals()
        with refusing(billing_url, "sandbox-paypal", refusals) as billing:
            old = billing.subscribe()
            billing.pay(billing.checkout("team"))
            refusals.error, refusals.before = ReferenceNotFound, {old}
            billing.reconcile()
            assert is_unsettled(billing.account)
            billing.driver.advance(timedelta(days=1, hours=1))
            billing.sweep()
            assert not is_unsettled(billing.account)
            assert billing.count("GatewayReferenceForgotten") == 1
            assert billing.reconcile()["plan"] == "team"
