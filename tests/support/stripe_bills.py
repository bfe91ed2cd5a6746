"""What the double's invoices charge: items, discounts and prorations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Store


@dataclass(frozen=True)
class Line:
    amount: int
    description: str
    price: Record | None = None
    quantity: int = 1
    period: tuple[int, int] | None = None
    item: str = ""
    proration: bool = False
    discounts: tuple[tuple[str, int], ...] = ()


def add_line(store: Store, invoice: Record, line: Line) -> None:
    start, end = line.period or (store.timestamp(), store.timestamp())
    made = blank("line_item")
    made.update(
        id=f"il_{invoice['id']}_{len(invoice['lines']['data'])}",
        amount=line.amount,
        subtotal=line.amount,
        currency=invoice["currency"],
        description=line.description,
        period={"start": start, "end": end},
        discount_amounts=[{"amount": off, "discount": ref} for ref, off in line.discounts],
    )
    if line.price is not None:
        made.update(quantity=line.quantity, pricing=_pricing(line.price))
    if line.item:
        made["parent"] = _parent(line.item, proration=line.proration)
    invoice["lines"]["data"].append(made)
    _add_up(invoice, line)


def period_lines(store: Store, subscription: Record) -> list[Line]:
    """Of the period that has begun; nothing while a trial runs."""
    trial_end = subscription["trial_end"]
    free = trial_end is not None and trial_end > store.timestamp()
    lines = []
    for item in subscription["items"]["data"]:
        amount = 0 if free else item["price"]["unit_amount"] * item["quantity"]
        lines.append(
            Line(
                amount=amount,
                description=item["price"]["id"],
                price=item["price"],
                quantity=item["quantity"],
                period=(item["current_period_start"], item["current_period_end"]),
                item=item["id"],
                discounts=_discounts(
                    store, [*item["discounts"], *subscription["discounts"]], amount
                ),
            )
        )
    return lines


def use_up(store: Store, subscription: Record) -> None:
    """A coupon that counts once was taken off an invoice."""
    subscription["discounts"] = [
        ref
        for ref in subscription["discounts"]
        if store.get(store.get(ref)["source"]["coupon"])["duration"] != "once"
    ]


def prorations(item: Record, price: Record, quantity: int, at: int) -> list[Line]:
    """Credit for the unused rest of the old price, and the rest at the new one."""
    start, end = item["current_period_start"], item["current_period_end"]
    rest, whole = max(end - at, 0), end - start
    old = item["price"]["unit_amount"] * item["quantity"]
    new = price["unit_amount"] * quantity
    period = (at, end)
    return [
        Line(
            -round(old * rest / whole),
            "Unused time",
            item["price"],
            item["quantity"],
            period,
            item["id"],
            proration=True,
        ),
        Line(
            round(new * rest / whole),
            "Remaining time",
            price,
            quantity,
            period,
            item["id"],
            proration=True,
        ),
    ]


def _discounts(store: Store, refs: Iterable[str], amount: int) -> tuple[tuple[str, int], ...]:
    given, left = [], amount
    for ref in refs:
        coupon = store.get(store.get(ref)["source"]["coupon"])
        off = round(left * (coupon["percent_off"] or 0) / 100) or coupon["amount_off"] or 0
        off = min(off, left)
        left -= off
        given.append((ref, off))
    return tuple(given)


def _add_up(invoice: Record, line: Line) -> None:
    off = sum(amount for _, amount in line.discounts)
    invoice["subtotal"] += line.amount
    for name in ("total", "amount_due", "amount_remaining"):
        invoice[name] += line.amount - off
    shown = {each["discount"]: each["amount"] for each in invoice["total_discount_amounts"] or []}
    for ref, amount in line.discounts:
        shown[ref] = shown.get(ref, 0) + amount
    invoice["total_discount_amounts"] = [
        {"discount": ref, "amount": amount} for ref, amount in shown.items()
    ]


def _pricing(price: Record) -> Record:
    pricing = blank("billing_bill_resource_invoicing_pricing_pricing")
    details = blank("billing_bill_resource_invoicing_pricing_pricing_price_details")
    details.update(price=price["id"], product=price["product"])
    pricing.update(
        type="price_details", price_details=details, unit_amount_decimal=str(price["unit_amount"])
    )
    return pricing


def _parent(item: str, *, proration: bool) -> Record:
    parent = blank("billing_bill_resource_invoicing_lines_parents_invoice_line_item_parent")
    details = blank(
        "billing_bill_resource_invoicing_lines_parents_invoice_line_item_subscription_item_parent"
    )
    details.update(subscription_item=item, proration=proration)
    parent.update(type="subscription_item_details", subscription_item_details=details)
    return parent
