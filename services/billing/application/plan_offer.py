"""Asks one gateway to sell a plan as the catalogue has it, or to stop selling it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateways.port import Gateway, GatewayRejected, PlanRef, PlanSpec
from kernel.errors import DomainError
from kernel.events import DomainEvent
from services.billing.domain.plan.offers import Offer
from services.billing.domain.plan.state import Plan
from services.billing.domain.plan.sync import decide_sync_failed, decide_synced, decide_withdrawn
from services.billing.domain.terms import Price

log = structlog.get_logger()
Decide = Callable[[Plan, datetime], list[DomainEvent]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one gateway's answer makes of the plan; `offer` is what it sells now."""

    gateway: str
    decide: Decide
    offer: Offer | None = None


def ask(plan: Plan, gateway: Gateway, *, again: bool) -> Answer:
    """Never raises: a failure is an answer too, also one that the adapter did not foresee.

    The same revision is the same command, so that a retry makes no second product. `again`, or
    where that command is known to be done, it is another one: the gateway may have been changed
    since, and would only repeat what it answered then.
    """
    command = f"plan:{plan.slug}:{plan.revision}:{gateway.name}"
    if again or plan.sync(gateway.name).settled:
        command = f"{command}:{plan.version}"
    try:
        work = _withdraw if plan.price.is_free else _ensure
        return work(plan, gateway, command)
    except DomainError as error:
        return _failed(gateway, f"{error.code}: {error.text}")
    except Exception as error:
        log.exception("plan_sync_crashed", plan=plan.slug, gateway=gateway.name)
        return _failed(gateway, f"internal_error: {type(error).__name__}")


def ask_further(plan: Plan, gateway: Gateway, price: Price) -> Answer:
    """At a price in another currency. Asked each time, because the price may have been archived
    by hand; raises what the gateway does."""
    known = plan.offers.further.get((gateway.name, price.currency))
    current = PlanRef(known.product_ref, known.price_ref, known.price.money) if known else None
    command = f"plan:{plan.slug}:{plan.revision}:{gateway.name}:{price.money}:{price.interval}"
    ref = gateway.catalogue.ensure_plan(command, spec_of(plan, price), current)
    offer = Offer(ref.product, ref.price, price)
    if offer == known:
        return Answer(gateway.name, lambda _plan, _at: [], offer)
    return Answer(
        gateway.name,
        lambda plan, at: decide_synced(plan, gateway.name, offer, ref.archived_price, at),
        offer,
    )


def spec_of(plan: Plan, price: Price | None = None) -> PlanSpec:
    """The plan as a gateway is to sell it; `price` instead of the catalogue's present one."""
    chosen = price or plan.price
    return PlanSpec(
        *(plan.slug, plan.name, chosen.money, chosen.interval),
        per_unit=plan.sale.per_unit is not None,
    )


def _ensure(plan: Plan, gateway: Gateway, command: str) -> Answer:
    ref = gateway.catalogue.ensure_plan(command, spec_of(plan), _current(plan, gateway))
    if ref.amount != plan.price.money:
        return _failed(gateway, f"price_mismatch: it sells at {ref.amount}")
    offer = Offer(ref.product, ref.price, plan.price)
    return Answer(
        gateway.name,
        lambda plan, at: decide_synced(plan, gateway.name, offer, ref.archived_price, at),
        offer,
    )


def _withdraw(plan: Plan, gateway: Gateway, command: str) -> Answer:
    ref = _sold(plan, gateway, f"{command}:last")
    if ref is not None:
        gateway.catalogue.archive_plan(command, ref)
    archived = ref.price if ref is not None else None
    return Answer(gateway.name, lambda plan, at: decide_withdrawn(plan, gateway.name, archived, at))


def _sold(plan: Plan, gateway: Gateway, command: str) -> PlanRef | None:
    """What the gateway sells. An earlier attempt may have changed that and its answer been lost,
    so the last price is ensured, which leaves that one only, before it is archived."""
    current = _current(plan, gateway)
    if plan.last_paid is None:
        return current
    try:
        return gateway.catalogue.ensure_plan(command, spec_of(plan, plan.last_paid), current)
    except GatewayRejected:
        return current


def _current(plan: Plan, gateway: Gateway) -> PlanRef | None:
    offer = plan.sync(gateway.name).offer
    return PlanRef(offer.product_ref, offer.price_ref, offer.price.money) if offer else None


def _failed(gateway: Gateway, reason: str) -> Answer:
    return Answer(gateway.name, lambda plan, at: decide_sync_failed(plan, gateway.name, reason, at))
