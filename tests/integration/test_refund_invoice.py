"""Support gives back what was paid for an invoice, at every gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from gateways.port import Gateway, GatewayUnavailable, Payments, Refund
from services.billing.domain.account.events import InvoiceRefundRequested
from tests.support.answers import code
from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_driver import MoneyDriver
from tests.support.gateway_drivers import KEEPING_BOOKS, open_money_driver
from tests.support.tokens import bearer

SUPPORT = bearer("support", subject="sue")


class Losing:
    """A gateway's payments, whose answer to a refund can get lost."""

    def __init__(self, inner: Payments) -> None:
        self._inner = inner
        self.loses = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def refund(self, *order: Any) -> Refund:
        made = self._inner.refund(*order)
        if self.loses:
            raise GatewayUnavailable
        return made


@dataclass
class Paid:
    """A workspace that has paid 49.00."""

    billing: BillingService
    driver: MoneyDriver
    subscription: str
    payments: Losing

    @property
    def invoice(self) -> str:
        [shown] = self.billing.billing.invoices.of_subscription(
            self.billing.gateway.name, self.subscription
        )
        return shown.ref

    def refund(self, ref: str = "", key: str = "", ws: str = "acme", **body: Any) -> Any:
        url = f"/v1/billing/workspaces/{ws}/invoices/{ref or self.invoice}/refund"
        headers = {**SUPPORT, **({"Idempotency-Key": key} if key else {})}
        sent = {"reason": "Billed twice", **body}
        return self.billing.client.post(url, json=sent, headers=headers)

    @property
    def given_back(self) -> int:
        return self.driver.books(self.subscription).refunded


@pytest.fixture
def paid(request: pytest.FixtureRequest, billing_url: str) -> Iterator[Paid]:
    """At the sandbox as Stripe, unless the test is parametrised with another gateway."""
    with ExitStack() as stack:
        driver = stack.enter_context(open_money_driver(getattr(request, "param", "sandbox-stripe")))
        payments = Losing(driver.gateway.payments)

        def wrap(gateway: Gateway) -> Gateway:
            return replace(gateway, payments=cast(Payments, payments))

        drivers = {driver.gateway.name: driver}
        billing = stack.enter_context(billing_service(billing_url, drivers, wrap=wrap))
        yield Paid(billing, driver, billing.subscribe(), payments)


class TestEveryGateway:
    @pytest.mark.parametrize("paid", KEEPING_BOOKS, indirect=True)
    def test_a_part_then_the_rest_and_no_more(self, paid: Paid) -> None:
        first = paid.refund(amount_cents=1000)
        assert first.status_code == 200, first.text
        assert (first.json()["refunded_cents"], first.json()["refundable_cents"]) == (1000, 3900)
        beyond = paid.refund(amount_cents=3901)
        assert code(beyond) == (409, "invoice_not_refundable")
        assert beyond.json()["error"]["details"] == {"refundable_cents": 3900}
        assert paid.refund().json()["refundable_cents"] == 0
        assert code(paid.refund()) == (409, "invoice_not_refundable")
        paid.billing.deliver(times=2, backwards=True)
        paid.billing.reconcile()
        [known] = paid.billing.billing.invoices.of_subscription(
            paid.billing.gateway.name, paid.subscription
        )
        assert known.refunded == paid.given_back == 4900

    @pytest.mark.parametrize("paid", KEEPING_BOOKS, indirect=True)
    def test_a_lost_answer_is_made_up_for_by_the_sweep(self, paid: Paid) -> None:
        paid.payments.loses = True
        assert code(paid.refund(amount_cents=1000)) == (502, "gateway_unavailable")
        assert len(paid.billing.account.refunds_due) == 1
        paid.payments.loses = False
        paid.billing.sweep()
        assert paid.billing.account.refunds_due == []
        assert paid.given_back == 1000
        assert code(paid.refund(amount_cents=3901)) == (409, "invoice_not_refundable")


class TestRefundInvoice:
    def test_is_recorded_with_who_and_why(self, paid: Paid) -> None:
        assert paid.refund().status_code == 200
        [requested] = [
            each
            for each in paid.billing.store.stream("account:acme")
            if isinstance(each, InvoiceRefundRequested)
        ]
        assert (requested.cause.actor, requested.reason) == ("user:sue", "Billed twice")
        assert paid.billing.events()[-2:] == ["InvoiceRefundRequested", "InvoiceRefundConfirmed"]

    def test_the_same_key_is_the_same_refund(self, paid: Paid) -> None:
        answers = [paid.refund(key="k1", amount_cents=1000).json() for _ in range(2)]
        assert answers[0] == answers[1]
        assert paid.given_back == 1000
        assert paid.refund(key="k2", amount_cents=1000).json()["refunded_cents"] == 2000

    def test_a_repeated_order_whose_end_is_unknown_is_the_same(self, paid: Paid) -> None:
        paid.payments.loses = True
        assert code(paid.refund(amount_cents=1000)) == (502, "gateway_unavailable")
        paid.payments.loses = False
        assert paid.refund(amount_cents=1000).json()["refunded_cents"] == 1000
        assert paid.given_back == 1000

    def test_what_support_at_the_gateway_gave_back_counts(self, paid: Paid) -> None:
        paid.driver.refund_by_hand(paid.invoice, 4000)
        assert code(paid.refund(amount_cents=1000)) == (409, "invoice_not_refundable")
        assert paid.refund().json()["refunded_cents"] == 4900

    def test_what_is_disputed_is_refused(self, paid: Paid) -> None:
        paid.driver.open_dispute(paid.invoice)
        assert code(paid.refund()) == (409, "invoice_not_refundable")

    def test_another_s_or_unknown_is_not_found(self, paid: Paid) -> None:
        assert code(paid.refund(ws="other")) == (404, "invoice_not_found")
        assert code(paid.refund("in_unknown")) == (404, "invoice_not_found")

    @pytest.mark.parametrize("body", [{"amount_cents": 0}, {"reason": ""}])
    def test_nonsense_is_refused(self, paid: Paid, body: dict[str, Any]) -> None:
        assert code(paid.refund(**body)) == (422, "validation_failed")
