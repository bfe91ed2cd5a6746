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


def _low(facts: Facts) -> str:
    return f"{_units(facts, 'remaining')} remained, fewer than {facts['below']:,}."


def _top_up(facts: Facts) -> str:
    when = f"fewer than {_units(facts, 'below')} are left"
    bounds = f"at most {facts['most_a_day']} a day and {facts['most_a_month']} a month"
    return f"{facts['set_by']} lets {facts['addon']} be bought when {when}, {bounds}."


_STOPPED = {
    "card_declined": "the card was declined",
    "no_saved_method": "there is no saved payment method",
    "offer_changed": "the offer changed",
}


def _top_up_stopped(facts: Facts) -> str:
    reason = _STOPPED[facts["reason"]]
    return f"{facts['addon']} is not bought by itself any more: {reason}."


def _unit(facts: Facts, what: str) -> str:
    counts = "counts after all" if facts["value"] else "does not count"
    return f"{what} {facts['usage_id']} {counts}: {facts['reason']}"


TOP_UPS: Mapping[str, Callable[[Facts], str]] = {
    "TopUpSet": _top_up,
    "TopUpRemoved": lambda f: f"Credits of {f['meter']} are not bought by themselves any more.",
    "TopUpOrdered": lambda f: f"Credits of {f['meter']} ran low: {f['addon']} is bought.",
    "TopUpStopped": _top_up_stopped,
}

ACCOUNTS: Mapping[str, Callable[[Facts], str]] = {
    "MeterDeclared": lambda f: f"{f['unit']} are counted as {f['slug']} from now.",
    "MeterChanged": lambda f: f"What counts as {f['slug']} was described anew.",
    "UsageRecorded": lambda f: f"{_units(f, 'value')} were counted for {f['usage_id']}.",
    "UsageCorrected": _corrected,
    "MessageCorrected": lambda f: _unit(f, "Message"),
    "ConversationCorrected": lambda f: _unit(f, "Conversation"),
    "UsageReserved": lambda f: f"{_units(f, 'amount')} are held for {f['usage_id']}.",
    "ReservationSettled": _settled,
    "ReservationReleased": _released,
    "MeterThresholdReached": _reached,
    "CreditsLow": _low,
    "CreditsGranted": lambda f: f"{_units(f, 'amount')} were granted as {f['grant_id']}.",
    "CreditsRevoked": lambda f: f"{_units(f, 'amount')} of {f['grant_id']} were revoked.",
    "CreditsExpired": lambda f: f"{_units(f, 'amount')} of {f['grant_id']} expired unused.",
}
