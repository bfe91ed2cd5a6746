"""Every read model against what was computed from the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.demo.host import Unexpected, eventually
from deploy.demo.story import ADDON, Stage

METRICS = ("conversation", "message")


@dataclass(frozen=True, slots=True)
class Finding:
    model: str
    what: str
    expected: Any
    shown: Any

    @property
    def equal(self) -> bool:
        return bool(self.expected == self.shown)

    def __str__(self) -> str:
        return f"{self.what}: {self.expected!r} expected, {self.shown!r} shown"


def compare(stage: Stage) -> list[Finding]:
    """Waits until the read models have caught up, then reads all of them."""
    eventually(
        lambda: stage.host.send("GET", "/readyz").json(),
        lambda health: health["ready"] and not any(health["lag"].values()),
        "every read model caught up",
    )
    _await_purchases(stage)
    _await_payments(stage)
    return [
        finding
        for check in (
            *(_subscriptions, _all_subscriptions, _money),
            *(_usage, _days, _entitlements, _purchases, _orders, _history),
        )
        for finding in check(stage)
    ]


def _read(stage: Stage, path: str, token: str, **query: Any) -> Any:
    answer = stage.host.get(path, token, **query)
    if answer.status_code != 200:
        raise Unexpected(f"GET {path}: {answer.status_code} {answer.text[:200]}")
    return answer.json()


def _subscriptions(stage: Stage) -> Iterator[Finding]:
    for workspace, plan in stage.expected.plans.items():
        path = f"/v1/projections/workspaces/{workspace}/subscription"
        shown = _read(stage, path, stage.service)
        wanted = (plan, stage.expected.statuses.get(workspace))
        yield Finding("plan_subscriptions", workspace, wanted, (shown["plan"], shown["status"]))


def _all_subscriptions(stage: Stage) -> Iterator[Finding]:
    shown = _read(stage, "/v1/projections/subscriptions", stage.admin, limit=500)
    listed = {row["workspace_id"]: (row["plan"], row["status"]) for row in shown["data"]}
    for workspace, status in stage.expected.statuses.items():
        wanted = (stage.expected.plans[workspace], status)
        yield Finding("subscriptions", workspace, wanted, listed.get(workspace))


def _money(stage: Stage) -> Iterator[Finding]:
    """A workspace has paid, and is worth a month, what its plan costs."""
    prices = _prices(stage)
    for workspace, slug in stage.expected.plans.items():
        cents, months = prices[slug]["price_cents"], _months(prices[slug])
        yield Finding("invoices", workspace, cents > 0, _has_paid(stage, workspace))
        path = "/v1/projections/revenue/movements"
        moved = _read(stage, path, stage.admin, workspace=workspace, limit=1)["data"]
        worth = moved[0]["after_cents"] if moved else 0
        yield Finding("revenue", workspace, (2 * cents + months) // (2 * months), worth)


def _await_payments(stage: Stage) -> None:
    """What was paid is told by webhooks, and those of a process that died are sent again only
    when its lease ends."""
    prices = _prices(stage)
    wanted = {
        workspace: prices[slug]["price_cents"] > 0
        for workspace, slug in stage.expected.plans.items()
    }
    eventually(
        lambda: {workspace: _has_paid(stage, workspace) for workspace in wanted},
        lambda shown: shown == wanted,
        f"payments {wanted}",
    )


def _prices(stage: Stage) -> dict[str, Any]:
    plans = _read(stage, "/v1/projections/plans", stage.service)["data"]
    return {plan["slug"]: plan for plan in plans}


def _has_paid(stage: Stage, workspace: str) -> bool:
    path = f"/v1/projections/workspaces/{workspace}/invoices"
    return any(invoice["paid_cents"] for invoice in _read(stage, path, stage.admin)["data"])


def _months(plan: Any) -> int:
    return 12 if plan["interval"] == "year" else 1


def _usage(stage: Stage) -> Iterator[Finding]:
    for workspace in stage.workspaces:
        for month in (stage.month.previous, stage.month, stage.month.next):
            path = f"/v1/projections/workspaces/{workspace}/usage"
            shown = _read(stage, path, stage.service, period=str(month))
            for metric in METRICS:
                wanted = stage.expected.months[workspace, metric, str(month)]
                name = f"{workspace} {metric} {month}"
                yield Finding("usage_counters", name, wanted, shown[f"{metric}s"])


def _days(stage: Stage) -> Iterator[Finding]:
    for workspace in stage.workspaces:
        path = f"/v1/projections/workspaces/{workspace}/usage"
        shown = _read(stage, path, stage.service, period=str(stage.month))
        for metric in METRICS:
            series = {day["date"]: day[f"{metric}s"] for day in shown["daily"]}
            wanted = {
                day: count
                for (owner, measured, day), count in stage.expected.days.items()
                if owner == workspace and measured == metric and day.startswith(str(stage.month))
            }
            present = {day: count for day, count in series.items() if count}
            yield Finding("usage_counters by day", f"{workspace} {metric}", wanted, present)


def _entitlements(stage: Stage) -> Iterator[Finding]:
    for workspace, plan in stage.expected.plans.items():
        path = f"/v1/metering/workspaces/{workspace}/entitlements"
        yield Finding("entitlements", workspace, plan, _read(stage, path, stage.service)["plan"])


def _await_purchases(stage: Stage) -> None:
    """A confirmed 3-D Secure charge is settled by its webhook."""
    wanted = stage.expected.purchases
    eventually(
        lambda: {workspace: _statuses(stage, workspace) for workspace in wanted},
        lambda shown: shown == wanted,
        f"purchases {wanted}",
    )


def _statuses(stage: Stage, workspace: str) -> list[str]:
    path = f"/v1/projections/workspaces/{workspace}/purchases"
    shown = _read(stage, path, stage.host.member_token(workspace))
    return [purchase["status"] for purchase in reversed(shown["data"])]


def _purchases(stage: Stage) -> Iterator[Finding]:
    for workspace in stage.workspaces:
        wanted = stage.expected.purchases.get(workspace, [])
        yield Finding("purchase_history", workspace, wanted, _statuses(stage, workspace))


def _orders(stage: Stage) -> Iterator[Finding]:
    for workspace, statuses in stage.expected.purchases.items():
        shown = _read(stage, "/v1/projections/orders", stage.admin, q=workspace)
        orders = [
            (order["addon"], order["status"])
            for order in shown["data"]
            if order["workspace_id"] == workspace
        ]
        yield Finding("orders", workspace, [(ADDON, status) for status in statuses], orders)


def _history(stage: Stage) -> Iterator[Finding]:
    """The auditor finds the fact behind each subscription."""
    auditor = stage.host.token(roles=["auditor"])
    for workspace, plan in stage.expected.plans.items():
        shown = _read(stage, "/v1/audit/events", auditor, workspace=workspace, limit=500)
        types = {event["type"] for event in shown["data"]}
        began = {"billing.PlanSubscribed.v1", "billing.PlanAssigned.v1"} & types
        yield Finding("audit_trail", workspace, plan != "free", bool(began))
