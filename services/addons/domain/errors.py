"""Why the add-on service refuses. Codes are public and stable."""

from __future__ import annotations

from kernel.errors import Conflict, DomainError, NotFound, SlugTaken


class AddonNotFound(NotFound):
    """Also for an inactive one: customers can't tell it from one that never was."""

    code = "addon_not_found"
    message = "There is no such add-on."


class AddonSlugTaken(SlugTaken):
    message = "Another add-on has this slug."


class PurchaseNotFound(NotFound):
    code = "purchase_not_found"
    message = "There is no such purchase."


class AddonAlreadyPurchased(Conflict):
    """`purchase_id` and `status` (details) name the purchase that blocks this one."""

    code = "addon_already_purchased"
    message = "This workspace has this add-on already, or a purchase of it is pending."


class PurchaseClosed(Conflict):
    """It was cancelled while the gateway was asked; what was charged goes back."""

    code = "purchase_closed"
    message = "This purchase was cancelled meanwhile."


class CannotDeliver(Conflict):
    code = "cannot_deliver"
    message = "Only a paid purchase can be delivered."


class CannotCancel(Conflict):
    code = "cannot_cancel"
    message = "Only a pending or paid purchase can be cancelled."


class CannotReopen(Conflict):
    code = "cannot_reopen"
    message = "Only a delivered purchase can be reopened, and only once."


class CannotRefund(Conflict):
    code = "cannot_refund"
    message = "There is nothing left to refund, or the payer's bank has taken it back."


class RefundInProgress(Conflict):
    code = "refund_in_progress"
    message = "A refund of this purchase is being made."


class RefundTooLarge(Conflict):
    """`refundable_cents` (detail) is what is left."""

    code = "refund_too_large"
    message = "More than what is left of this payment."


class RefundRefused(DomainError):
    """The gateway will not make this refund. Nothing went back."""

    code = "refund_refused"
    kind = "upstream"
    message = "The payment gateway refused the refund."


class TopUpNotFound(NotFound):
    code = "top_up_not_found"
    message = "Nothing is bought automatically of this meter."


class NoSavedMethod(Conflict):
    code = "no_saved_method"
    message = "Nothing can be bought automatically without a saved payment method."
