"""A whole subscription in the published language."""

from __future__ import annotations

from contracts import billing as contract
from services.billing.domain.account.charged import Discount, OpenInvoice, Pause
from services.billing.domain.account.subscription import Subscription


def whole(workspace: str, subscription: Subscription) -> contract.Subscription:
    discounts = tuple(_discount(each) for each in subscription.discounts)
    charged, bought = subscription.charged_cents, subscription.price.price_cents
    return contract.Subscription(
        workspace_id=workspace,
        plan=subscription.plan,
        status=subscription.status,
        gateway=subscription.gateway,
        subscription_ref=subscription.ref,
        customer_ref=subscription.customer,
        checkout_id=subscription.checkout_id,
        price_cents=charged,
        currency=subscription.price.currency,
        interval=subscription.price.interval,
        started_at=subscription.started_at,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        cancel_at=subscription.cancel_at,
        ended_at=subscription.ended_at,
        next_plan=subscription.next_plan,
        amount_cents=charged if charged != bought else None,
        unit_price_cents=bought if charged != bought else None,
        quantity=subscription.quantity,
        interval_count=subscription.interval_count,
        discount=next(iter(discounts), None),
        discounts=discounts,
        trial_ends_at=subscription.trial_ends_at,
        paused=_pause(subscription.paused) if subscription.paused is not None else None,
        open_invoice=_owed(subscription.open_invoice) if subscription.open_invoice else None,
    )


def _discount(discount: Discount) -> contract.Discount:
    return contract.Discount(
        name=discount.name,
        percent=float(discount.percent) if discount.percent is not None else None,
        amount_cents=discount.amount_cents,
        ends_at=discount.ends_at,
    )


def _pause(pause: Pause) -> contract.Pause:
    blocks = pause.lives_on == "nothing"
    return contract.Pause(kind=pause.kind, resumes_at=pause.resumes_at, blocks=blocks)


def _owed(invoice: OpenInvoice) -> contract.OpenInvoice:
    return contract.OpenInvoice(
        invoice_ref=invoice.ref,
        amount_cents=invoice.amount_cents,
        currency=invoice.currency,
        due_at=invoice.due_at,
        url=invoice.url,
    )
