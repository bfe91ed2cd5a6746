"""What the doctor tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal, NamedTuple

from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription

Kind = Literal[
    "gateway_differs",
    "read_model_differs",
    "missing_at_gateway",
    "unknown_subscription",
    "double_subscription",
    "orphan_unconfirmed",
    "refund_due",
    "refund_refused",
    "invoice_differs",
    "invoices_not_shown",
    "price_mismatch",
    "change_unsettled",
    "gateway_unreachable",
    "parked_webhook",
    "parked_event",
    "failed_item",
    "table_differs",
    "not_examined",
]
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """`ours` is what the events say (or `field` is about), `theirs` what the gateway or the read
    model does."""

    kind: Kind
    workspace: str = ""
    gateway: str = ""
    ref: str = ""
    field: str = ""
    ours: str = ""
    theirs: str = ""
    repaired: bool = False


@dataclass(slots=True)
class Report:
    accounts: int = 0
    subscriptions: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        return all(finding.repaired for finding in self.findings)


class Difference(NamedTuple):
    field: str
    ours: str
    theirs: str


def differences(ours: Subscription | None, theirs: Subscription | None) -> Iterator[Difference]:
    """Field by field, of what the events say and what they would say after the gateway's word."""
    for each in fields(Subscription):
        mine, other = getattr(ours, each.name, None), getattr(theirs, each.name, None)
        if mine != other:
            yield Difference(each.name, shown(mine), shown(other))


def of_read_model(account: Account, row: Row | None) -> Iterator[Finding]:
    """Field by field, of what the events say and what the read model shows."""
    stored = row or {}
    for name, mine in read_model_row(account.subscription).items():
        other = stored.get(name)
        if mine != other:
            yield Finding(
                "read_model_differs",
                account.workspace,
                field=name,
                ours=shown(mine),
                theirs=shown(other),
            )


def unfinished(account: Account) -> Iterator[Finding]:
    """What waits for a gateway's confirmation, and what is charged otherwise than agreed."""
    workspace = account.workspace
    for orphan in account.orphans.values():
        if not orphan.confirmed:
            what = orphan.subscription
            yield Finding("orphan_unconfirmed", workspace, what.gateway or "", what.ref or "")
    for due in account.refunds_due:
        amount = f"{due.amount_cents} {due.currency}"
        yield Finding("refund_due", workspace, due.gateway, due.subscription_ref, ours=amount)
    for key, charged in account.mismatches.items():
        gateway, _, ref = key.partition(":")
        live = account.live
        if live is not None and live.is_at(gateway, ref) and live.price == charged:
            theirs = f"{charged.price_cents} {charged.currency}"
            yield Finding("price_mismatch", workspace, gateway, ref, "price", theirs=theirs)
    change = account.change
    if change is not None:
        yield Finding(
            "change_unsettled", workspace, change.gateway, change.subscription_ref, change.kind
        )


def read_model_row(subscription: Subscription | None) -> Row:
    if subscription is None:
        return {}
    return {
        "plan": subscription.plan,
        "status": subscription.status,
        "gateway": subscription.gateway,
        "subscription_ref": subscription.ref,
        "customer_ref": subscription.customer,
        "checkout_id": subscription.checkout_id,
        "price_cents": subscription.charged_cents,
        "currency": subscription.price.currency,
        "interval": subscription.price.interval,
        "started_at": subscription.started_at,
        "period_start": subscription.period_start,
        "period_end": subscription.period_end,
        "cancel_at": subscription.cancel_at,
        "ended_at": subscription.ended_at,
        "next_plan": subscription.next_plan,
    }


def shown(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
