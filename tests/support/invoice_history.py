"""An invoice's life as contract events, each with the whole invoice after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts import billing
from contracts.envelope import EventData
from tests.support.audit_history import START

MONTH_END = START + timedelta(days=30)


class InvoiceLife:
    """Over 49.00 USD for November unless told otherwise."""

    def __init__(self, ref: str = "in_1", workspace: str = "acme", **facts: Any) -> None:
        total = facts.get("total_cents", 4900)
        self.invoice = billing.Invoice(
            **{
                "workspace_id": workspace,
                "gateway": "sandbox",
                "invoice_ref": ref,
                "number": f"N-{ref}",
                "status": "open",
                "subscription_ref": "sub_1",
                "customer_ref": "cus_1",
                "currency": "USD",
                "subtotal_cents": total,
                "discount_cents": 0,
                "tax_cents": 0,
                "total_cents": total,
                "paid_cents": 0,
                "refunded_cents": 0,
                "disputed_cents": 0,
                "issued_at": START,
                "due_at": None,
                "paid_at": None,
                "url": f"https://pay.example/{ref}",
                "pdf_url": None,
                "lines": (_line(total),),
                **facts,
            }
        )

    def issued(self) -> EventData:
        return self._event(billing.InvoiceIssued)

    def paid(self, at: datetime = START, cents: int | None = None) -> EventData:
        paid = self.invoice.total_cents if cents is None else cents
        return self._event(billing.InvoicePaid, status="paid", paid_cents=paid, paid_at=at)

    def amended(self, **changes: Any) -> EventData:
        return self._event(billing.InvoiceAmended, **changes)

    def failed(self, reason: str = "insufficient_funds") -> EventData:
        return self._event(
            billing.InvoicePaymentFailed, {"reason": reason, "next_attempt_at": None}
        )

    def voided(self, status: str = "void") -> EventData:
        return self._event(billing.InvoiceVoided, status=status)

    def refunded(self, cents: int, ref: str = "re_1") -> EventData:
        refunded = self.invoice.refunded_cents + cents
        return self._event(
            billing.InvoiceRefunded,
            {"refund_ref": ref, "amount_cents": cents},
            refunded_cents=refunded,
        )

    def refund_failed(self, cents: int, ref: str = "re_1") -> EventData:
        refunded = self.invoice.refunded_cents - cents
        told = {"refund_ref": ref, "amount_cents": cents}
        return self._event(billing.InvoiceRefundFailed, told, refunded_cents=refunded)

    def disputed(self, cents: int, ref: str = "dp_1") -> EventData:
        told = {"dispute_ref": ref, "amount_cents": cents, "reason": "fraudulent"}
        disputed = self.invoice.disputed_cents + cents
        return self._event(billing.DisputeOpened, told, disputed_cents=disputed)

    def dispute_closed(self, cents: int, outcome: str, ref: str = "dp_1") -> EventData:
        told = {"dispute_ref": ref, "amount_cents": cents, "outcome": outcome}
        back = cents if outcome == "won" else 0
        disputed = self.invoice.disputed_cents - back
        return self._event(billing.DisputeClosed, told, disputed_cents=disputed)

    def _event(
        self, kind: type[billing.InvoiceEvent], told: dict[str, Any] | None = None, **changes: Any
    ) -> EventData:
        self.invoice = self.invoice.model_copy(update=changes)
        return kind(workspace_id=self.invoice.workspace_id, invoice=self.invoice, **(told or {}))


def _line(total: int) -> billing.InvoiceLine:
    return billing.InvoiceLine(
        description="Pro",
        amount_cents=total,
        price_ref="price_1",
        quantity=1,
        period_start=START,
        period_end=MONTH_END,
        proration=False,
    )
