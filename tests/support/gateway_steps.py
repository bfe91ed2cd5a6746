"""The steps that contract tests of a gateway repeat, in the words of the port."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gateways.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    GatewayUnavailable,
    PaymentRequest,
    PlanRef,
    PlanSpec,
    SubscriptionSnapshot,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver

Answer = TypeVar("Answer")

PRO = PlanSpec("pro-monthly", "Pro", Money(4900, "USD"), "month")
TEAM = PlanSpec("team-monthly", "Team", Money(9900, "USD"), "month")
SETUP_FEE = Money(49_900, "USD")
SUCCESS_URL = "https://app.example/billing/done?session_id={CHECKOUT_SESSION_ID}"
CANCEL_URL = "https://app.example/billing"


def synced(driver: GatewayDriver, plan: PlanSpec = PRO) -> PlanRef:
    return driver.gateway.catalogue.ensure_plan(f"sync-{plan.slug}-{plan.price.amount}", plan, None)


def checkout_request(
    price_ref: str,
    plan: PlanSpec = PRO,
    *,
    workspace: str = "acme",
    command: str = "chk_1",
    replaces: str | None = None,
) -> CheckoutRequest:
    return CheckoutRequest(
        command_id=command,
        workspace_id=workspace,
        plan=plan,
        price_ref=price_ref,
        success_url=SUCCESS_URL,
        cancel_url=CANCEL_URL,
        customer_email=f"owner@{workspace}.example",
        replaces=replaces,
    )


def started(
    driver: GatewayDriver, plan: PlanSpec = PRO, *, workspace: str = "acme", command: str = "chk_1"
) -> Checkout:
    request = checkout_request(
        synced(driver, plan).price, plan, workspace=workspace, command=command
    )
    return driver.gateway.checkouts.start(request)


def subscribed(
    driver: GatewayDriver, plan: PlanSpec = PRO, *, workspace: str = "acme", command: str = "chk_1"
) -> SubscriptionSnapshot:
    """A workspace that has paid the hosted page of a plan."""
    checkout = started(driver, plan, workspace=workspace, command=command)
    driver.approve(checkout)
    return subscription_of(driver, checkout)


def subscription_of(driver: GatewayDriver, checkout: Checkout) -> SubscriptionSnapshot:
    reference = driver.gateway.checkouts.fetch(checkout.ref).subscription
    assert reference
    return driver.gateway.subscriptions.fetch(reference)


def charge_request(
    method: tuple[str, str], *, command: str = "purchase_1", amount: Money = SETUP_FEE
) -> ChargeRequest:
    customer, payment_method = method
    return ChargeRequest(command, "acme", amount, "Professional set-up", customer, payment_method)


def payment_request(*, command: str = "purchase_1", amount: Money = SETUP_FEE) -> PaymentRequest:
    return PaymentRequest(
        command_id=command,
        workspace_id="acme",
        amount=amount,
        description="Professional set-up",
        success_url=SUCCESS_URL,
        cancel_url=CANCEL_URL,
        customer_email="owner@acme.example",
    )


def paid_charge(
    driver: GatewayDriver, *, command: str = "purchase_1", amount: Money = SETUP_FEE
) -> str:
    """The reference of a one-time sum that was paid on a hosted page."""
    page = driver.gateway.checkouts.start_payment(payment_request(command=command, amount=amount))
    driver.approve(page)
    charge = driver.gateway.checkouts.fetch(page.ref).charge
    assert charge
    assert driver.gateway.payments.capture(command, charge).status == "succeeded"
    return charge


def until_answered(call: Callable[[], Answer], *, attempts: int = 5) -> Answer:
    """Repeats a command as its caller would: only after GatewayUnavailable, a bounded time."""
    for _ in range(attempts - 1):
        try:
            return call()
        except GatewayUnavailable:
            continue
    return call()
