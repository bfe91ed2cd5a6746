"""Our references in Stripe's metadata, and the commands that a subscription has executed."""

from __future__ import annotations

from collections.abc import Mapping

import stripe

_VALUE_LIMIT = 500  # of a metadata value
# What Stripe's idempotency keys forget, this remembers.
_EXECUTED = "executed_commands"


def as_mapping(metadata: stripe.StripeObject | None) -> dict[str, str]:
    return {} if metadata is None else {str(k): str(v) for k, v in metadata.to_dict().items()}


def is_executed(command_id: str, metadata: Mapping[str, str]) -> bool:
    return command_id in metadata.get(_EXECUTED, "").split()


def has_executed(metadata: Mapping[str, str]) -> bool:
    """Whether any command of ours is remembered."""
    return _EXECUTED in metadata


def is_a_plan(metadata: stripe.StripeObject | None) -> bool:
    return "plan" in as_mapping(metadata)


def executed(command_id: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """The metadata that remembers one command more; the oldest give way."""
    commands = [*metadata.get(_EXECUTED, "").split(), command_id]
    while len(commands) > 1 and len(" ".join(commands)) > _VALUE_LIMIT:
        del commands[0]
    return {_EXECUTED: " ".join(commands)}
