"""What is played before a version's data is kept: every kind of fact, each at least once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from deploy.demo.host import Host
from kernel.clock import rfc3339, utc_clock
from tests.upgrades.customer import ADDON, Customer, bank

SECURE, SECURE_LATER = "4000002500003155", "4000002760003184"
DECLINED, DECLINED_LATER = "4000000000000002", "4000000000000341"
TEAM = "team-yearly"


def play(host: Host) -> None:
    """Everything but the erasure of `acme-erased`, which is a command of the command line."""
    for act in ACTS:
        act(host)


def change_the_catalogue(host: Host) -> None:
    admin = Customer(host, "acme-admin")
    plan: dict[str, Any] = {
        "slug": "team-monthly",
        "name": "Team",
        "price_cents": 1900,
        "monthly_conversations": 20,
        "monthly_messages": 10,
        "features": {"remove_branding": True, "support": "e-mail"},
        "limits": {"agents": 3},
        "family": "team",
    }
    admin.administer("POST", "/v1/billing/plans", plan, 201)
    yearly = {"slug": TEAM, "name": "Team, yearly", "price_cents": 19000, "interval": "year"}
    admin.administer("POST", "/v1/billing/plans", {**plan, **yearly}, 201)
    Customer(host, "acme-grandfathered").subscribe("team-monthly")
    path = "/v1/billing/plans/team-monthly"
    admin.administer("PATCH", path, {"price_cents": 2900})
    admin.administer("PATCH", path, {"monthly_conversations": 25, "limits": {"agents": 5}})
    changes: Sequence[Any] = ({"name": "Team of the year"}, {"is_active": False})
    for change in changes:
        admin.administer("PATCH", f"/v1/billing/plans/{TEAM}", change)
    for slug in ("enterprise", "free"):
        admin.administer("PATCH", f"/v1/billing/plans/{slug}", {"is_default": True})
    addon = {"slug": "onboarding", "name": "Onboarding", "price_cents": 9900, "features": ["Call"]}
    admin.administer("POST", "/v1/addons/catalog", addon, 201)
    changes = ({"price_cents": 12900}, {"is_active": False})
    for change in changes:
        admin.administer("PATCH", "/v1/addons/catalog/onboarding", change)
    admin.administer("PATCH", f"/v1/addons/catalog/{ADDON}", {"is_active": True})


def pay_or_not(host: Host) -> None:
    Customer(host, "acme-paid").subscribe("team-monthly")
    host.send("POST", Customer(host, "acme-declined").checkout(), data={"card": DECLINED})
    host.press(Customer(host, "acme-abandoned").checkout(), "Back without paying")
    superseding = Customer(host, "acme-superseded")
    superseding.checkout("team-monthly")
    host.send("POST", superseding.checkout("pro-monthly"), data={"card": SECURE})
    question = host.send("POST", superseding.checkout("pro-yearly"), data={"card": SECURE})
    host.press(question.headers["location"], "Confirm payment")
    superseding.await_status("pro-yearly", "active")


def change_subscriptions(host: Host) -> None:
    leaving, staying = Customer(host, "acme-cancelled"), Customer(host, "acme-resumed")
    swapped, assigned = Customer(host, "acme-swapped"), Customer(host, "acme-assigned")
    for customer in (leaving, staying, swapped):
        customer.subscribe()
    for customer in (leaving, staying):
        customer.account("POST", "/subscription/cancel")
        customer.await_status("pro-monthly", "grace")
    staying.account("POST", "/subscription/resume")
    staying.await_status("pro-monthly", "active")
    swapped.account("POST", "/subscription/swap", {"plan": "pro-yearly"})
    swapped.await_status("pro-yearly", "active")
    path = "/v1/billing/workspaces/acme-assigned/plan"
    for plan in ("enterprise", "free", "enterprise"):
        assigned.administer("PUT", path, {"plan": plan})
    settings = {"billing_email": "accounts@acme.example", "plan_change": "next_cycle"}
    staying.account("PATCH", "/settings", settings)
    staying.account("POST", "/subscription/swap", {"plan": "pro-yearly"})


def let_payments_fail(host: Host) -> None:
    """Every webhook of this act arrives twice, out of order."""
    bank(host, webhooks={"duplicate": True, "reorder": True})
    late, recovered = Customer(host, "acme-past-due"), Customer(host, "acme-recovered")
    for customer in (late, recovered):
        customer.subscribe()
        shown = customer.await_status("pro-monthly", "active")
        bank(host, action="fail_payment", subscription=shown["subscription_ref"])
        customer.await_status("pro-monthly", "past_due")
    bank(host, action="recover_payment", subscription=shown["subscription_ref"])
    recovered.await_status("pro-monthly", "active")
    bank(host, action="renew", subscription=shown["subscription_ref"])
    suspended = Customer(host, "acme-suspended")
    suspended.subscribe()
    shown = suspended.await_status("pro-monthly", "active")
    bank(host, action="suspend", subscription=shown["subscription_ref"])
    suspended.await_status("free", "suspended")
    bank(host, webhooks={"duplicate": False, "reorder": False})


def buy_addons(host: Host) -> None:
    bought: dict[str, Any] = {}
    for name in ("delivered", "reopened", "refunded", "partly-refunded"):
        customer = Customer(host, f"acme-{name}")
        customer.subscribe()
        bought[name] = customer.buy()
        if name in ("delivered", "reopened"):
            customer.decide(bought[name], "deliver")
    Customer(host, "acme-reopened").decide(bought["reopened"], "reopen")
    Customer(host, "acme-refunded").decide(bought["refunded"], "refund")
    Customer(host, "acme-refunded").await_purchase("refunded")
    refund = {"amount_cents": 100, "reason": "goodwill"}
    Customer(host, "acme-partly-refunded").decide(bought["partly-refunded"], "refund", refund)
    secure, refused = Customer(host, "acme-secure"), Customer(host, "acme-refused")
    secure.subscribe(card=SECURE_LATER)
    host.press(secure.buy(202)["confirmation_url"], "Confirm payment")
    secure.await_purchase("paid")
    refused.subscribe(card=DECLINED_LATER)
    refused.buy(402)
    called_off = Customer(host, "acme-called-off")
    called_off.decide(called_off.buy(202), "cancel")


def use(host: Host) -> None:
    """Up to a limit and past it, held and given back, tried out, reported late and twice."""
    customer = Customer(host, "acme-paid")
    for number in range(10):
        customer.send_message(f"m{number}")
    customer.send_message("m10", 429)
    customer.send_message("m9", 200)
    for name in ("held", "released", "counted"):
        customer.start_conversation(name)
    customer.complete_first_turn("counted")
    customer.meter("DELETE", "/workspaces/{ws}/conversations/released")
    trial = {"id": "trial", "is_playground": True}
    customer.meter("POST", "/workspaces/{ws}/conversations", trial, 200)
    told: dict[str, Any] = {
        "workspace_id": "acme-late",
        "occurred_at": rfc3339(utc_clock() - timedelta(days=40)),
        "agent_id": "support",
    }
    late = [
        {**told, "id": f"late-{metric}", "metric": metric, "is_playground": playground}
        for metric in ("conversation", "message")
        for playground in (False, True)
    ]
    for _ in range(2):
        customer.meter("POST", "/events", {"events": late})


def prepare_an_erasure(host: Host) -> None:
    customer = Customer(host, "acme-erased")
    customer.subscribe()
    customer.account("PATCH", "/settings", {"billing_email": "person@acme.example"})
    customer.buy()
    customer.send_message("before")


ACTS: Sequence[Callable[[Host], None]] = (
    change_the_catalogue,
    pay_or_not,
    change_subscriptions,
    let_payments_fail,
    buy_addons,
    use,
    prepare_an_erasure,
)
