"""Whose is what in the database of a Laravel application that sold with Cashier.

Cashier for Stripe keeps the customer in `stripe_id` of the table of whoever pays (`users`, unless
the application says otherwise), and subscriptions in `subscriptions` with `stripe_id` and the
payer's key (`user_id`, or that of the other table).
"""

from __future__ import annotations

from pathlib import Path

from deploy.imports.business_map import NotAMap
from deploy.imports.sql_dump import rows_of
from services.billing.application.cutover.survey import Assignments

SUBSCRIPTIONS = "subscriptions"


def read_cashier(path: Path, payers: str = "users", column: str = "id") -> Assignments:
    """`column` of the payers' table is the workspace. Raises NotAMap where nobody has one."""
    workspaces: dict[str, str] = {}
    customers: dict[str, str] = {}
    keys: dict[str, str] = {}
    for table, row in rows_of(path, (payers, SUBSCRIPTIONS)):
        gateway_ref, key = row.get("stripe_id"), row.get("id")
        if table == payers and (workspace := row.get(column)):
            if key:
                workspaces[key] = workspace
            if gateway_ref:
                customers[gateway_ref] = workspace
        elif table == SUBSCRIPTIONS and gateway_ref:
            payer = row.get(f"{payers.removesuffix('s')}_id") or row.get("user_id")
            if payer:
                keys[gateway_ref] = payer
    if not customers:
        raise NotAMap(f"{path}: no row of {payers} has a stripe_id and a {column}")
    owned = {ref: workspaces[key] for ref, key in keys.items() if key in workspaces}
    return Assignments(subscriptions=owned, customers=customers)
