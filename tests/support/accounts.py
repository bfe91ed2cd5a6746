"""Accounts and snapshots for tests of the domain, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateways.hosted_only import hosted_only
from gateways.port import Capabilities, Status, SubscriptionSnapshot
from services.billing.domain.account import Account
from services.billing.domain.subscription import Deal, Sight
from services.billing.domain.terms import Price

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH_END = datetime(2026, 12, 1, tzinfo=UTC)
URLS = ("https://app.example/done", "https://app.example/back")
PRO = Deal(plan="pro", price=Price(4900, "USD", "month"), price_ref="price_pro")
TEAM = Deal(plan="team", price=Price(9900, "USD", "month"), price_ref="price_team")
IN_PLACE = Capabilities(
    cancels="period_end",
    resume=True,
    swap_in_place=True,
    saved_method_charge=True,
    portal=True,
    archive_price=True,
    proration_preview=True,
)
HOSTED = hosted_only(cancels="immediately", archive_price=True)


def snapshot(ref: str, status: Status, day: int, **facts: Any) -> SubscriptionSnapshot:
    """`sub_<n>` comes of `chk_<n>`; fetched `day` days after NOW."""
    drawn: dict[str, Any] = {
        "gateway": "stripe",
        "raw_status": status,
        "fetched_at": NOW + day * DAY,
        "workspace_id": "acme",
        "command_id": ref.replace("sub", "chk"),
        "price_ref": PRO.price_ref,
        "price": PRO.price.money,
        "started_at": NOW,
        "period_start": NOW,
        "period_end": MONTH_END,
        "customer": "cus_1",
    }
    return SubscriptionSnapshot(ref=ref, status=status, **{**drawn, **facts})


def sight(
    ref: str,
    status: Status,
    day: int,
    *,
    deal: Deal | None = None,
    rules: Capabilities = IN_PLACE,
    at: datetime = NOW,
    **facts: Any,
) -> Sight:
    if deal is not None:
        facts = {"price_ref": deal.price_ref, "price": deal.price.money, **facts}
    return Sight(snapshot=snapshot(ref, status, day, **facts), at=at, rules=rules, deal=deal)


def checked_out(checkout: str, deal: Deal, gateway: str = "stripe") -> Account:
    account = Account.open("acme", NOW)
    account.start_checkout(checkout, gateway, deal, URLS, NOW, resumable=True)
    return account


def subscribed(rules: Capabilities = IN_PLACE) -> Account:
    account = checked_out("chk_1", PRO)
    account.observe(sight("sub_1", "active", 1, rules=rules))
    return account


def taken(account: Account) -> list[str]:
    """The names of the events since the last call."""
    return [type(event).__name__ for event in account.collect_events()]
