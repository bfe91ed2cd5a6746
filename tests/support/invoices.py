"""Invoice snapshots for tests of the domain, in few words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gateways.port import DisputeSnapshot, FailedPayment, InvoiceLine, InvoiceSnapshot
from gateways.port import RefundSnapshot as Refund
from tests.support.accounts import MONTH_END, NOW

NOON = timedelta(hours=12)


def line(amount: int = 3000, start: datetime = NOW, end: datetime = MONTH_END) -> InvoiceLine:
    return InvoiceLine("Pro", amount, period_start=start, period_end=end)


def invoice(status: str = "paid", day: int = 1, **facts: Any) -> InvoiceSnapshot:
    """Of `sub_1`, over 30.00 for the month; fetched `day` days after NOW. Paid when it says so."""
    shown: dict[str, Any] = {
        "gateway": "stripe",
        "ref": "in_1",
        "number": "A-1",
        "raw_status": status,
        "fetched_at": NOW + timedelta(days=day),
        "issued_at": NOW,
        "currency": "USD",
        "total": 3000,
        "subtotal": 3000,
        "subscription": "sub_1",
        "customer": "cus_1",
        "lines": (line(),),
    }
    if status == "paid":
        shown |= {"paid": 3000, "paid_at": NOW + NOON, "charge": "ch_1"}
    return InvoiceSnapshot(status=status, **{**shown, **facts})  # type: ignore[arg-type]


def failed(code: str = "insufficient_funds", hours: int = 1) -> FailedPayment:
    return FailedPayment(NOW + timedelta(hours=hours), code)


def refund(ref: str, amount: int, status: Any = "succeeded", day: int = 2) -> Refund:
    return Refund(ref, amount, status, NOW + timedelta(days=day))


def dispute(status: Any = "open", amount: int = 3000, ref: str = "dp_1") -> DisputeSnapshot:
    closed = None if status == "open" else NOW + timedelta(days=9)
    return DisputeSnapshot(ref, amount, status, "fraudulent", NOW + timedelta(days=3), closed)
