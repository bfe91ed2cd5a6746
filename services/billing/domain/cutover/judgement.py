"""What fits, what does not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from gateways.port import Interval, SubscriptionSnapshot
from kernel.ids import is_workspace_id
from services.billing.domain.account.subscription import ACCESS, ENDED

Verdict = Literal[
    "fits",
    "adopted",
    "of_another_workspace",
    "ended",
    "not_begun",
    "unknown_status",
    "customer_deleted",
    "no_plan",
    "several_plans",
    "plan_beside_others",
    "priced_by_use",
    "other_interval",
    "no_workspace",
    "not_a_workspace_id",
    "second_subscription",
]
# Nothing is left to do about these.
SETTLED: frozenset[Verdict] = frozenset({"fits", "adopted", "ended"})
ANYTIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class KnownPrice:
    """A price that stands for a plan; `interval` None where it is neither of months nor years."""

    plan: str
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`owner` has the subscription here already. `pays_for` is what the workspace that it is mapped
    to pays for, as `gateway:ref`."""

    owner: str | None = None
    pays_for: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`workspace` is empty where nobody was named, `plan` where none is known."""

    snapshot: SubscriptionSnapshot
    verdict: Verdict
    workspace: str = ""
    plan: str = ""
    notes: tuple[str, ...] = ()
    prices: tuple[str, ...] = field(default=())


def judge(
    snapshot: SubscriptionSnapshot,
    workspace: str,
    prices: Mapping[str, KnownPrice],
    standing: Standing,
) -> Judged:
    """`prices` are those of its items that are known. Of several for one workspace each fits: see
    `without_rivals`."""
    ours = [each.price_ref for each in snapshot.items if each.price_ref in prices]
    plans = {prices[ref].plan for ref in ours}
    verdict = (
        _known(workspace, standing)
        or _by_state(snapshot)
        or _by_price(snapshot, ours, prices)
        or _by_workspace(workspace, standing)
        or "fits"
    )
    return Judged(
        snapshot=snapshot,
        verdict=verdict,
        workspace=standing.owner or workspace,
        plan=plans.pop() if len(plans) == 1 else "",
        notes=tuple(_notes(snapshot)),
        prices=tuple(each.price_ref for each in snapshot.items),
    )


def without_rivals(judged: Iterable[Judged]) -> list[Judged]:
    """Of several that fit one workspace the one with access that began first is left; the others
    are for people: of two one would be ended."""
    every = list(judged)
    first: dict[str, Judged] = {}
    for each in sorted((each for each in every if each.verdict == "fits"), key=_rank):
        first.setdefault(each.workspace, each)
    return [
        replace(each, verdict="second_subscription")
        if each.verdict == "fits" and first[each.workspace] is not each
        else each
        for each in every
    ]


def _rank(judged: Judged) -> tuple[bool, datetime, str]:
    snapshot = judged.snapshot
    return snapshot.status not in ACCESS, snapshot.started_at or ANYTIME, snapshot.ref


def _known(workspace: str, standing: Standing) -> Verdict | None:
    if standing.owner is None:
        return None
    return "adopted" if workspace in ("", standing.owner) else "of_another_workspace"


def _by_state(snapshot: SubscriptionSnapshot) -> Verdict | None:
    if snapshot.status in ENDED:
        return "ended"
    if snapshot.status == "pending":
        return "not_begun"
    if snapshot.status == "unknown":
        return "unknown_status"
    return "customer_deleted" if snapshot.customer_deleted else None


def _by_price(
    snapshot: SubscriptionSnapshot, ours: list[str], prices: Mapping[str, KnownPrice]
) -> Verdict | None:
    if not ours:
        return "no_plan"
    if len(ours) > 1:
        return "several_plans"
    if ours[0] != snapshot.price_ref:
        return "plan_beside_others"
    if snapshot.price is None:
        return "priced_by_use"
    return "other_interval" if prices[ours[0]].interval is None else None


def _by_workspace(workspace: str, standing: Standing) -> Verdict | None:
    if not workspace:
        return "no_workspace"
    if not is_workspace_id(workspace):
        return "not_a_workspace_id"
    return "second_subscription" if standing.pays_for else None


def _notes(snapshot: SubscriptionSnapshot) -> Iterator[str]:
    """What is unusual and taken over as it is."""
    if snapshot.status not in ("active", *ENDED):
        yield snapshot.status
    if len(snapshot.items) > 1:
        yield "several_items"
    if snapshot.quantity > 1:
        yield "several_units"
    if snapshot.interval_count > 1:
        yield "several_intervals"
    if snapshot.discounts:
        yield "discounted"
    if snapshot.planned is not None:
        yield "change_planned"
    if snapshot.paused is not None:
        yield "collection_paused"
    if snapshot.cancel_at is not None and snapshot.status != "grace":
        yield "fixed_term"
    if snapshot.collection == "sent":
        yield "invoices_sent"
