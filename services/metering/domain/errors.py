"""What metering refuses."""

from __future__ import annotations

from kernel.errors import DomainError


class PlanLimitReached(DomainError):
    code = "plan_limit_reached"
    kind = "limit_reached"
    message = "This workspace has reached its monthly conversation limit. Upgrade to continue."


class MessageQuotaExceeded(DomainError):
    code = "message_quota_exceeded"
    kind = "limit_reached"
    message = "This workspace has reached its monthly message limit. Upgrade to continue."


class ConversationNotFound(DomainError):
    code = "conversation_not_found"
    kind = "not_found"
    message = "No conversation with this id was started in this workspace."


class DecisionTooLarge(DomainError):
    code = "decision_too_large"
    kind = "timeout"
    message = "This decision rests on more history than can be read while you wait."


class DecisionNotFound(DomainError):
    """Also an id that was never issued: its check value does not fit."""

    code = "decision_not_found"
    kind = "not_found"
    message = "There is no such decision."


class QuotaExceeded(DomainError):
    """The message names the meter's unit, see `quota_message`."""

    code = "quota_exceeded"
    kind = "limit_reached"
    message = "This workspace has reached its monthly limit of units. Upgrade to continue."


def quota_message(unit: str) -> str:
    """The exact message of the public contract."""
    return f"This workspace has reached its monthly limit of {unit}. Upgrade to continue."


class WorkspaceUnknown(DomainError):
    """Where only workspaces are metered that billing has heard of."""

    code = "workspace_unknown"
    kind = "not_found"
    message = "Billing has never heard of this workspace, so nothing is counted for it."


class MeterNotFound(DomainError):
    code = "meter_not_found"
    kind = "not_found"
    message = "No meter with this slug is declared."


class MeterBuiltIn(DomainError):
    code = "meter_built_in"
    kind = "conflict"
    message = "A meter that is built in has routes of its own and can't be changed."


class MeterInUse(DomainError):
    """How a meter adds up never changes: what is counted would mean something else."""

    code = "meter_in_use"
    kind = "conflict"
    message = "The aggregation of a meter can't be changed. Declare another one."


class UsageNotFound(DomainError):
    code = "usage_not_found"
    kind = "not_found"
    message = "No usage with this id was counted by this meter in this workspace."


class ReservationNotFound(DomainError):
    code = "reservation_not_found"
    kind = "not_found"
    message = "Nothing was reserved under this id in this workspace."


class AmbiguousReservation(DomainError):
    code = "ambiguous_reservation"
    kind = "conflict"
    message = "Units of several meters were reserved under this id. Name the meter."


class GrantNotFound(DomainError):
    code = "grant_not_found"
    kind = "not_found"
    message = "No credits were granted under this id in this workspace."
