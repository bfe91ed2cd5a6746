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
