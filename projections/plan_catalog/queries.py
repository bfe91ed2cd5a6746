"""What can be asked of the catalogue."""

from __future__ import annotations

from itertools import groupby

from projections.plan_catalog.projector import SQL
from runtime.postgres.database import Database, Row

# More than any price.
UNPRICED = 10**18 - 1


def active_plans(database: Database, currency: str = "") -> list[Row]:
    """What can be chosen, cheapest first; then what has to be asked for, without a price. In the
    `currency` as far as there is a price in it."""
    plans = (_priced_in(plan, currency) for plan in database.rows(SQL["active_plans"]))
    return sorted(plans, key=place)


def _priced_in(plan: Row, currency: str) -> Row:
    cents = plan["prices"].get(currency)
    if cents is None:
        return plan
    others = {each: price for each, price in plan["prices"].items() if each != currency}
    prices = {plan["currency"]: plan["price_cents"], **others}
    return {**plan, "price_cents": cents, "currency": currency, "prices": prices}


def place(plan: Row) -> tuple[int, str]:
    """Where a plan stands among the active ones."""
    return UNPRICED if plan["contact_us"] else plan["price_cents"], plan["slug"]


def all_plans(database: Database, after: str, limit: int) -> list[Row]:
    """By slug, behind `after`; one more than `limit` when there are more. `subscribers` counts the
    workspaces that live on the plan by a subscription or an assignment; `grandfathered` those of
    them whose price is not the plan's any more."""
    return database.rows(SQL["all_plans_page"], {"slug": after, "rows": limit + 1})


def families(plans: list[Row]) -> list[Row]:
    """The monthly and the yearly variant of each family and currency, the cheapest of each, and
    what a year saves against twelve months (null where there is nothing to compare)."""
    named = [plan for plan in plans if plan["family"] is not None]
    named.sort(key=_family)
    return [_pair(list(variants)) for _, variants in groupby(named, key=_family)]


def _family(plan: Row) -> tuple[str, str]:
    return plan["family"], plan["currency"]


def _pair(variants: list[Row]) -> Row:
    monthly, yearly = (
        next((plan for plan in variants if plan["interval"] == interval), None)
        for interval in ("month", "year")
    )
    saving = percent = None
    twelve = 12 * ((monthly and monthly["price_cents"]) or 0)
    if yearly and yearly["price_cents"] is not None and yearly["price_cents"] < twelve:
        saving = twelve - yearly["price_cents"]
        percent = round(100 * saving / twelve, 2)
    return {
        "family": variants[0]["family"],
        "currency": variants[0]["currency"],
        "monthly": monthly,
        "yearly": yearly,
        "yearly_saving_cents": saving,
        "yearly_saving_percent": percent,
    }
