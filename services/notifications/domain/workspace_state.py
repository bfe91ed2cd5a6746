"""What a workspace is entitled to: its plan's terms, or the default plan's without access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]
NOTHING: Facts = {}
# Of a subscription, beside its plan and whether it gives access.
SHOWN = (
    *("status", "quantity", "next_plan", "trial_ends_at", "period_end", "cancel_at", "paused"),
    "open_invoice",
)


def state_of(plan: str, terms: Facts, subscription: Facts) -> dict[str, Any]:
    """`subscription` is empty for a workspace that has had none; None is what it then shows."""
    return {
        "plan": plan,
        "has_access": bool(subscription.get("has_access")),
        **{name: subscription.get(name) for name in SHOWN},
        **terms,
    }


def previous_of(before: Facts, after: Facts) -> dict[str, Any]:
    """What has changed, as it was."""
    return {name: before.get(name) for name in after if before.get(name) != after[name]}
