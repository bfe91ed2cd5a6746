"""What was learned of plans, workspaces and meters, as it is read from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runtime.postgres.database import Row
from services.metering.domain.accounts.given import MonthlyCredits, Quota, TopUpRule
from services.metering.domain.meters import MeterDefinition
from services.metering.domain.overrides import Overrides
from services.metering.domain.quota import Plan


def plan_of_row(row: Row) -> Plan:
    limits = row["limits"]
    return Plan(
        slug=row["slug"],
        monthly_conversations=limits["monthly_conversations"],
        monthly_messages=limits["monthly_messages"],
        max_tokens_per_response=limits["max_tokens_per_response"],
        remove_branding=bool(limits["features"].get("remove_branding")),
        limits=limits["limits"],
        revision=row["revision"],
        source=row["source"],
        only_new=limits.get("apply_to") == "new_subscribers",
        features=limits["features"],
        quotas=_quotas(limits),
        monthly_credits={
            meter: MonthlyCredits(each["amount"], each["rollover_months"])
            for meter, each in limits.get("monthly_credits", {}).items()
        },
    )


def _quotas(limits: Mapping[str, Any]) -> dict[str, Quota]:
    quotas = limits.get("quotas", {})
    return {meter: Quota(each["limit"], each["mode"] == "soft") for meter, each in quotas.items()}


def overrides_of_row(row: Row) -> Overrides:
    given = row["overrides"]
    until = given["until"] and datetime.fromisoformat(given["until"])
    return Overrides(_quotas(given), given["limits"], given["features"], until, row["source"])


def meter_of_row(row: Row) -> MeterDefinition:
    dimensions = tuple(row["dimensions"])
    facts = (row["slug"], row["unit"], row["aggregation"], dimensions, row["overdraft"])
    return MeterDefinition(*facts)


def top_up_of_row(row: Row) -> TopUpRule | None:
    """None: there is none any more."""
    return None if row["below"] is None else TopUpRule(row["rule_id"], row["below"])
