"""Our facts in Stripe's metadata, and the commands that a subscription has executed.

Keys begin with `billing_`, since others write metadata of the same account. Objects that were made
without the prefix are read, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import stripe

_VALUE_LIMIT = 500  # of a metadata value
# What Stripe's idempotency keys forget, this remembers.
_EXECUTED = "executed_commands"
# Until when our own pause lasts, or that it is an open one.
PAUSED = "paused"


_PREFIX = "billing_"
_INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Installation:
    """Several may share an account; `id` is empty where one has it alone."""

    id: str = ""

    def written(self, known: Mapping[str, str]) -> dict[str, str]:
        named = {f"{_PREFIX}{name}": value for name, value in known.items()}
        return named | ({f"{_PREFIX}{_INSTALLATION}": self.id} if self.id else {})

    def own(self, known: dict[str, str]) -> dict[str, str]:
        """Nothing, of an object that another installation made."""
        return known if known.get(_INSTALLATION, self.id) == self.id else {}

    def workspace_named(self, known: dict[str, str], reference: str | None) -> str:
        """By what we wrote, or else by `client_reference_id`, which people write into payment
        links. Nobody's, of an object that another installation made."""
        metadata = self.own(known)
        is_foreign = bool(known) and not metadata
        return metadata.get("workspace_id") or ("" if is_foreign else reference or "")


def as_mapping(metadata: stripe.StripeObject | None) -> dict[str, str]:
    return {} if metadata is None else {str(k): str(v) for k, v in metadata.to_dict().items()}


def facts(metadata: stripe.StripeObject | Mapping[str, str] | None) -> dict[str, str]:
    """By their names without the prefix, which win over those that have none."""
    shown = metadata if isinstance(metadata, Mapping) else as_mapping(metadata)
    ours = {name.removeprefix(_PREFIX): shown[name] for name in shown if name.startswith(_PREFIX)}
    return {**shown, **ours}


def is_prefixed(metadata: stripe.StripeObject | None) -> bool:
    return any(name.startswith(_PREFIX) for name in as_mapping(metadata))


def is_executed(command_id: str, metadata: Mapping[str, str]) -> bool:
    return command_id in metadata.get(_EXECUTED, "").split()


def has_executed(metadata: Mapping[str, str]) -> bool:
    """Whether any command of ours is remembered."""
    return _EXECUTED in metadata


def is_a_plan(metadata: stripe.StripeObject | None) -> bool:
    return "plan" in facts(metadata)


def executed(command_id: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """The metadata that remembers one command more; the oldest give way."""
    commands = [*metadata.get(_EXECUTED, "").split(), command_id]
    while len(commands) > 1 and len(" ".join(commands)) > _VALUE_LIMIT:
        del commands[0]
    return {_EXECUTED: " ".join(commands)}
