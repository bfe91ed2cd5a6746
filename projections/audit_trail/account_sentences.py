"""What happens to accounts of declared meters, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def _units(facts: Facts, name: str) -> str:
    return f"{facts[name]:,} of {facts['meter']}"


def _corrected(facts: Facts) -> str:
    values = f"{facts['value']:,} instead of {facts['before']:,} of {facts['meter']}"
    return f"{facts['usage_id']} counts {values}: {facts['reason']}"


def _settled(facts: Facts) -> str:
    counted = f"{_units(facts, 'value')} were counted for {facts['usage_id']}"
    return f"{counted}, of {facts['reserved']:,} held."


def _released(facts: Facts) -> str:
    how = "were released" if facts["reason"] == "released" else "expired"
    return f"The units of {facts['meter']} that {facts['usage_id']} held {how}, uncounted."


def _reached(facts: Facts) -> str:
    quota = f"the quota of {facts['meter']} of {facts['month']}"
    figures = f"{facts['used']:,} of {facts['limit']:,}"
    return f"{facts['percent']} % of {quota} was reached: {figures}."


ACCOUNTS: Mapping[str, Callable[[Facts], str]] = {
    "MeterDeclared": lambda f: f"{f['unit']} are counted as {f['slug']} from now.",
    "MeterChanged": lambda f: f"What counts as {f['slug']} was described anew.",
    "UsageRecorded": lambda f: f"{_units(f, 'value')} were counted for {f['usage_id']}.",
    "UsageCorrected": _corrected,
    "UsageReserved": lambda f: f"{_units(f, 'amount')} are held for {f['usage_id']}.",
    "ReservationSettled": _settled,
    "ReservationReleased": _released,
    "MeterThresholdReached": _reached,
    "CreditsGranted": lambda f: f"{_units(f, 'amount')} were granted as {f['grant_id']}.",
    "CreditsRevoked": lambda f: f"{_units(f, 'amount')} of {f['grant_id']} were revoked.",
    "CreditsExpired": lambda f: f"{_units(f, 'amount')} of {f['grant_id']} expired unused.",
}
