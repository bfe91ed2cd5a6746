"""What holds for one workspace beside its plan: overrides, credits, and the end of its trial."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pages.commands import Asked, Outcome, whole
from workspace_billing import models


def agreed(overrides: Iterable[models.Override], modes: dict[str, str]) -> dict[str, Any]:
    """As the form shows it: to agree replaces all of it, so that what it has no field for is
    carried along."""
    found = list(overrides)
    return {
        "quotas": _lines(each for each in found if each.kind == "quota"),
        "limits": _lines(each for each in found if each.kind == "limit"),
        "features": "\n".join(
            f"{each.name} {json.dumps(each.value)}" for each in found if each.kind == "feature"
        ),
        "modes": modes,
        "until": next((each.until[:10] for each in found if each.until), ""),
    }


async def agree(asked: Asked) -> Outcome:
    modes = _object(asked.text("modes"))
    quotas: Any = {
        name: {"limit": limit, "mode": modes.get(name, "hard")}
        for name, limit in numbers(asked.text("quotas")).items()
    }
    await asked.billing.api.set_overrides(
        asked.text("ws"),
        quotas=quotas,
        limits=numbers(asked.text("limits")),
        features=flags(asked.text("features")),
        reason=asked.text("reason"),
        until=_midnight(asked.text("until")),
    )
    return "agreed"


async def grant(asked: Asked) -> Outcome:
    """The id is the page's: pressed twice, granted once."""
    await asked.billing.api.grant_credits(
        asked.text("ws"),
        id=asked.text("id"),
        meter=asked.text("meter"),
        amount=asked.number("amount") or 0,
        expires_at=_midnight(asked.text("expires_on")),
        source=asked.text("source"),
    )
    return "granted"


async def revoke(asked: Asked) -> Outcome:
    await asked.billing.api.revoke_grant(
        asked.text("ws"), asked.text("grant"), reason=asked.text("reason")
    )
    return "revoked"


async def correct(asked: Asked) -> Outcome:
    """The id is the page's: pressed twice, corrected once. Raises NoNumber: an empty field must
    not void anything."""
    await asked.billing.api.correct_usage(
        asked.text("ws"),
        id=asked.text("id"),
        meter=asked.text("meter"),
        event=asked.text("event"),
        value=whole(asked.text("value")),
        reason=asked.text("reason"),
    )
    return "corrected"


async def trial(asked: Asked) -> Outcome:
    ends_at = _midnight(asked.text("ends_on")) or ""
    await asked.billing.api.change_trial(asked.text("ws"), ends_at=ends_at)
    return "saved"


def numbers(text: str) -> dict[str, int | None]:
    """A line each: `agents 10`, or `agents` alone for no limit. Raises NoNumber."""
    found: dict[str, int | None] = {}
    for line in text.splitlines():
        name, _, number = line.strip().partition(" ")
        if name:
            found[name] = whole(number) if number.strip() else None
    return found


def flags(text: str) -> dict[str, Any]:
    """A line each: `sso true`, `region "eu"`, or `region eu`."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        if name:
            found[name] = _flag(value.strip())
    return found


def _flag(text: str) -> Any:
    """What is no JSON of one value is the word itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, dict | list | float) else value


def _lines(overrides: Iterable[models.Override]) -> str:
    return "\n".join(
        each.name if each.value is None else f"{each.name} {each.value}" for each in overrides
    )


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _midnight(day: str) -> str | None:
    return f"{day}T00:00:00Z" if day else None
