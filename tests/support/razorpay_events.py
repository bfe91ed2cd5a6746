"""The events that Razorpay documents, with the kinds of entities that each carries."""

from __future__ import annotations

from typing import Final

_BY_ENTITIES: Final[dict[tuple[str, ...], str]] = {
    ("account",): """
        account.activated account.activated_kyc_pending account.app.authorization_revoked
        account.funds_hold account.funds_unhold account.instantly_activated
        account.needs_clarification account.payments_enabled account.rejected account.suspended
        account.under_review
    """,
    ("fund_account.validation",): """
        fund_account.validation.completed fund_account.validation.failed
    """,
    ("invoice",): """
        invoice.expired
    """,
    ("merchant_product",): """
        product.payment_gateway.activated product.payment_gateway.activated_kyc_pending
        product.payment_gateway.instantly_activated product.payment_gateway.needs_clarification
        product.payment_gateway.rejected product.payment_gateway.under_review
        product.payment_link.rejected product.payment_links.activated
        product.payment_links.activated_kyc_pending product.payment_links.needs_clarification
        product.payment_links.under_review product.route.activated
        product.route.needs_clarification product.route.under_review
    """,
    ("order", "payment", "payment_link"): """
        payment_link.paid payment_link.partially_paid
    """,
    ("payment",): """
        payment.authorized payment.captured payment.failed
    """,
    ("payment", "dispute"): """
        payment.dispute.action_required payment.dispute.closed payment.dispute.created
        payment.dispute.lost payment.dispute.under_review payment.dispute.won
    """,
    ("payment", "order"): """
        order.paid
    """,
    ("payment", "order", "invoice"): """
        invoice.paid invoice.partially_paid
    """,
    ("payment", "qr_code"): """
        qr_code.credited
    """,
    ("payment", "virtual_account", "bank_transfer"): """
        virtual_account.credited
    """,
    ("payment.downtime",): """
        payment.downtime.resolved payment.downtime.started payment.downtime.updated
    """,
    ("payment_link",): """
        payment_link.cancelled payment_link.expired
    """,
    ("payout",): """
        payout.failed payout.initiated payout.pending payout.processed payout.queued
        payout.rejected payout.reversed payout.updated
    """,
    ("payout.downtime",): """
        payout.downtime.resolved payout.downtime.started
    """,
    ("payout_link",): """
        payout_link.attempted payout_link.cancelled payout_link.expired payout_link.issued
        payout_link.pending payout_link.processed payout_link.processing payout_link.rejected
    """,
    ("qr_code",): """
        qr_code.closed qr_code.created
    """,
    ("refund", "payment"): """
        refund.created refund.failed refund.processed refund.speed_changed
    """,
    ("settlement",): """
        settlement.processed
    """,
    ("subscription",): """
        subscription.activated subscription.authenticated subscription.cancelled
        subscription.halted subscription.paused subscription.pending subscription.resumed
        subscription.updated
    """,
    ("subscription", "payment"): """
        subscription.charged subscription.completed
    """,
    ("transaction",): """
        transaction.created
    """,
    ("transfer",): """
        transfer.failed transfer.processed
    """,
    ("virtual_account",): """
        virtual_account.closed virtual_account.created
    """,
}

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    event: kinds for kinds, events in _BY_ENTITIES.items() for event in events.split()
}
