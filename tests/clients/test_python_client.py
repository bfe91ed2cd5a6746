"""The Python client against the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.clients.conftest import EVERYTHING, SECRET
from tests.support.system import RunningSystem
from tests.support.waiting import wait_until
from workspace_billing import AsyncBilling, Billing, Money, ServiceTokens, errors, models
from workspace_billing.blocking.workspace import Workspace

Pay = Callable[[str], None]
BACK = "https://app.example.com/billing?session={CHECKOUT_SESSION_ID}"
ADDON = "professional-ai-setup"


def subscribe(billing: Billing, workspace: str, pay: Pay) -> models.Account:
    acme = billing.workspaces(workspace)
    checkout = acme.checkout(
        plan="pro-monthly", gateway="sandbox", success_url=BACK, cancel_url=BACK
    )
    pay(checkout.url)
    return acme.reconcile()


def declare_tokens(billing: Billing, workspace: Workspace) -> None:
    """10,000 of them for the workspace."""
    billing.api.declare_meter("tokens", unit="tokens", aggregation="sum")
    wait_until(lambda: "tokens" in workspace.entitlements().meters, "the meter is known")
    billing.api.grant_credits(workspace.id, id="g1", meter="tokens", amount=10_000)


class TestSubscribing:
    def test_from_the_price_list_to_the_end(
        self, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        pricing = billing.plans.pricing()
        pro = next(plan for plan in pricing.data if plan.slug == "pro-monthly")
        assert pro.price_cents is not None
        assert Money.of_cents(pro.price_cents, pro.currency) == Money("49", "USD")
        account = subscribe(billing, workspace, pay)
        assert (account.plan, account.status) == ("pro-monthly", "active")
        acme = billing.workspaces(workspace)
        assert acme.subscription().plan == "pro-monthly"
        assert acme.preview_cancel().effective_at is not None
        assert acme.cancel().status == "grace"
        assert acme.subscription().status == "grace"
        assert acme.resume().status == "active"
        assert acme.settings().plan_change == "prorate"
        assert acme.change_settings(plan_change="next_cycle").plan_change == "next_cycle"
        assert [invoice.currency for invoice in acme.invoices()] == ["USD"]

    def test_what_was_changed_is_shown_at_once(
        self, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        subscribe(billing, workspace, pay)
        acme = billing.workspaces(workspace)
        for plan in ("pro-yearly", "pro-monthly"):
            assert isinstance(acme.swap(plan), models.Account)
            assert acme.subscription().plan == plan

    def test_another_client_goes_on_from_a_bookmark(
        self, system: RunningSystem, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        subscribe(billing, workspace, pay)
        bookmark = billing.workspaces(workspace).bookmark()
        with Billing(system.url, auth=EVERYTHING) as other:
            shown = other.workspaces(workspace, bookmark=bookmark).subscription()
        assert shown.plan == "pro-monthly"

    def test_the_same_key_begins_one_checkout(self, billing: Billing, workspace: str) -> None:
        acme, key = billing.workspaces(workspace), str(uuid4())
        begun = {
            acme.checkout(
                plan="pro-monthly",
                gateway="sandbox",
                success_url=BACK,
                cancel_url=BACK,
                idempotency_key=key,
            ).checkout_id
            for _ in range(2)
        }
        assert len(begun) == 1

    def test_a_refusal_is_an_error_of_its_code(self, billing: Billing, workspace: str) -> None:
        acme = billing.workspaces(workspace)
        with pytest.raises(errors.NotSubscribed) as caught:
            acme.cancel()
        assert caught.value.request_id
        with pytest.raises(errors.PlanNotFound):
            billing.plans.get("nosuch")

    def test_somebody_elses_workspace_is_forbidden(self, billing: Billing) -> None:
        ann = billing.using(ServiceTokens(SECRET).for_user("ann", {"acme": "owner"}))
        with pytest.raises(errors.Forbidden):
            ann.workspaces("other").subscription()


class TestMetering:
    def test_a_conversation_holds_counts_and_is_given_back(
        self, billing: Billing, workspace: str
    ) -> None:
        acme = billing.workspaces(workspace)
        assert acme.can_start_conversation(on_error="deny")
        assert acme.conversation("a/1").start().hold_expires_at is not None
        assert acme.entitlements().held.conversations == 1
        assert acme.conversation("a/1").first_turn().status == "inserted"
        assert acme.conversation("a/2").start().status == "started"
        assert acme.conversation("a/2").release().status == "released"
        assert acme.entitlements().used.conversations == 1

    def test_a_message_counts_once(self, billing: Billing, workspace: str) -> None:
        acme = billing.workspaces(workspace)
        assert [acme.message("m1").status for _ in range(2)] == ["inserted", "duplicate"]
        reported = billing.report(
            [{"id": "m2", "workspace_id": workspace, "metric": "message"}, {"id": "m3"}]
        )
        assert [result.status for result in reported] == ["inserted", "rejected"]

    def test_a_reservation_is_settled_or_given_back(self, billing: Billing, workspace: str) -> None:
        acme = billing.workspaces(workspace)
        declare_tokens(billing, acme)
        with acme.reserve("tokens", 4000) as reservation:
            settled = reservation.settle(3121)
        assert (settled.value, settled.released) == (3121, 879)
        with pytest.raises(ZeroDivisionError), acme.reserve("tokens", 5000, id="r2"):
            raise ZeroDivisionError
        with pytest.raises(errors.QuotaExceeded), acme.reserve("tokens", 10_000):
            pytest.fail("there is no room")
        assert acme.use("tokens", 9, id="turn-1").status == "inserted"
        assert acme.entitlements().meters["tokens"].used == 3130

    def test_credits_are_bought_and_topped_up(
        self, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        subscribe(billing, workspace, pay)
        acme, slug = billing.workspaces(workspace), f"more-{workspace}"
        declare_tokens(billing, acme)
        billing.api.create_addon(
            slug=slug,
            name="More tokens",
            price_cents=900,
            currency="USD",
            description="More.",
            kind="credits",
            grants=[{"meter": "tokens", "amount": 1000}],
        )
        assert acme.buy(slug).status == "paid"
        wait_until(lambda: acme.entitlements().meters["tokens"].credits == 11_000, "it is granted")
        with pytest.raises(errors.PriceChanged):
            acme.set_top_up("tokens", slug, below=5000, expected_price_cents=1)
        assert acme.set_top_up("tokens", slug, below=5000, most_a_day=2).status == "active"
        assert [(rule.meter, rule.most_a_day) for rule in acme.top_ups()] == [("tokens", 2)]
        assert acme.remove_top_up("tokens").status == "removed"

    def test_a_used_up_quota_is_framed_and_explained(
        self, billing: Billing, workspace: str
    ) -> None:
        slug = f"one-{workspace}"
        billing.plans.create(
            slug, name="One", price_cents=0, monthly_conversations=1, monthly_messages=1
        )
        acme = billing.workspaces(workspace)
        acme.assign_plan(slug)
        wait_until(lambda: acme.entitlements().plan == slug, "metering knows the plan")
        acme.message("m1")
        with pytest.raises(errors.MessageQuotaExceeded) as caught:
            acme.message("m2")
        assert caught.value.sse().startswith("event: error\ndata: {")
        assert caught.value.retry_after is not None
        check = acme.can_send_message()
        assert not check
        assert check.refusal is not None
        explained = billing.audit.decision(str(check.refusal.decision_id))
        assert len(explained.data) == 1


class TestAddons:
    def test_one_is_bought_on_the_saved_card_and_delivered(
        self, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        billing.addons.change(ADDON, is_active=True)
        subscribe(billing, workspace, pay)
        acme = billing.workspaces(workspace)
        assert [addon.can_buy for addon in acme.addons() if addon.slug == ADDON] == [True]
        purchase = acme.buy(ADDON, expected_price_cents=49900, expected_currency="EUR")
        assert purchase.status == "paid"
        assert [bought.status for bought in acme.purchases()] == ["paid"]
        with pytest.raises(errors.AddonAlreadyPurchased):
            acme.buy(ADDON)
        assert billing.orders.deliver(purchase.purchase_id).status == "delivered"
        assert [order.status for order in billing.orders.list(q=workspace)] == ["delivered"]


class TestAuditing:
    def test_events_are_streamed_over_pages(self, billing: Billing, workspace: str) -> None:
        acme = billing.workspaces(workspace)
        for number in range(3):
            acme.checkout(
                plan=("pro-monthly", "pro-yearly")[number % 2],
                gateway="sandbox",
                success_url=BACK,
                cancel_url=BACK,
            )
        found = list(billing.audit.events(workspace=workspace, page=1))
        assert len(found) >= 3
        assert [event.sequence for event in found] == sorted(event.sequence for event in found)
        assert list(billing.audit.timeline(workspace))


class TestTheAsynchronousClient:
    def test_does_the_same(self, system: RunningSystem, workspace: str) -> None:
        async def use() -> tuple[list[str], bool, int]:
            async with AsyncBilling(system.url, auth=EVERYTHING) as billing:
                acme = billing.workspaces(workspace)
                await asyncio.gather(*(acme.message(f"m{number}") for number in range(20)))
                check = await acme.can_send_message(on_error="allow")
                plans = [plan.slug async for plan in billing.plans.list()]
                return plans, check.allowed, (await acme.entitlements()).used.messages

        plans, allowed, used = asyncio.run(use())
        assert "pro-monthly" in plans
        assert (allowed, used) == (True, 20)
