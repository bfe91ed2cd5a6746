"""Products and prices. A price never changes: another amount is another price."""

from __future__ import annotations

from msgspec import json
from msgspec.structs import replace

from gateways.port import PlanRef, PlanSpec
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.profiles import Profile
from gateways.sandbox.simulation.records import Price, Product
from kernel.ids import new_id


def ensure_plan(
    ledger: Ledger, profile: Profile, command_id: str, plan: PlanSpec, current: PlanRef | None
) -> PlanRef:
    """An old command that is repeated answers what it made, even when that was retired since."""
    earlier = ledger.done("plan", command_id)
    if earlier is not None:
        answer = json.decode(earlier.answer, type=PlanRef)
        if answer.amount == plan.price:
            return answer
    made = _ensure(ledger, profile, plan, current)
    if current is not None and current.price != made.price and profile.capabilities.archive_price:
        made = PlanRef(made.product, made.price, made.amount, archived_price=current.price)
    ledger.mark_done("plan", command_id, json.encode(made).decode())
    return made


def _ensure(ledger: Ledger, profile: Profile, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
    """Products are found by slug and prices by what they sell; the product's others in the same
    currency retire."""
    product = _ensure_product(ledger, plan)
    selling = [p for p in ledger.every(Price) if p.product == product.id and p.active]
    wanted = next((p for p in selling if _sells(p, plan)), None)
    if profile.capabilities.archive_price:
        for price in selling:
            of_currency = price.amount.currency == plan.price.currency
            former = current is not None and current.price == price.id
            if price != wanted and (of_currency or former):
                archive(ledger, price.id)
    if wanted is None:
        wanted = ledger.put(
            Price(id=new_id("price"), product=product.id, amount=plan.price, interval=plan.interval)
        )
    return PlanRef(product.id, wanted.id, wanted.amount)


def archive(ledger: Ledger, price: str) -> None:
    ledger.put(replace(ledger.get(Price, price), active=False))


def _sells(price: Price, plan: PlanSpec) -> bool:
    return (price.amount, price.interval) == (plan.price, plan.interval)


def _ensure_product(ledger: Ledger, plan: PlanSpec) -> Product:
    ref = f"prod_{plan.slug}"
    found = ledger.find(Product, ref)
    if found is not None and found.name == plan.name:
        return found
    return ledger.put(Product(id=ref, slug=plan.slug, name=plan.name))
