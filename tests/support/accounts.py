"""Accounts and snapshots for tests of the domain, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateways.port import Capabilities, Status, SubscriptionSnapshot
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.observation import Observation
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.account.start_checkout import decide_start_checkout
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.terms import Price
from tests.support.decider import Given, given

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH_END = datetime(2026, 12, 1, tzinfo=UTC)
URLS = ("https://app.example/done", "https://app.example/back")
PRO = AgreedPrice(plan="pro", price=Price(4900, "USD", "month"), price_ref="price_pro")
TEAM = AgreedPrice(plan="team", price=Price(9900, "USD", "month"), price_ref="price_team")
IN_PLACE = Capabilities(
    cancels="period_end",
    resume=True,
    swap_in_place=True,
    saved_method_charge=True,
    portal=True,
    archive_price=True,
    proration_preview=True,
)
HOSTED = Capabilities(cancels="immediately", archive_price=True)


def snapshot(ref: str, status: Status, day: int, **facts: Any) -> SubscriptionSnapshot:
    """`sub_<n>` comes of `chk_<n>`; fetched `day` days after NOW."""
    shown: dict[str, Any] = {
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
    return SubscriptionSnapshot(ref=ref, status=status, **{**shown, **facts})


def observation(
    ref: str,
    status: Status,
    day: int,
    *,
    agreed: AgreedPrice | None = None,
    capabilities: Capabilities = IN_PLACE,
    at: datetime = NOW,
    **facts: Any,
) -> Observation:
    if agreed is not None:
        facts = {"price_ref": agreed.price_ref, "price": agreed.price.money, **facts}
    shown = snapshot(ref, status, day, **facts)
    return Observation(snapshot=shown, at=at, capabilities=capabilities, agreed=agreed)


def opened() -> Given[Account]:
    return given(ACCOUNT, *decide_open_account("acme", NOW))


def checked_out(
    checkout: str,
    agreed: AgreedPrice,
    gateway: str = "stripe",
    before: Given[Account] | None = None,
) -> Given[Account]:
    return (before or opened()).after(
        decide_start_checkout, checkout, gateway, agreed, URLS, NOW, resumable=True
    )


def subscribed(capabilities: Capabilities = IN_PLACE) -> Given[Account]:
    paid = observation("sub_1", "active", 1, capabilities=capabilities)
    return checked_out("chk_1", PRO).after(decide_observe, paid)
