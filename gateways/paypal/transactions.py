"""The search of an account's transactions. It is hours behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from gateways.paypal.client import Json, PayPalClient
from kernel.clock import rfc3339

_LONGEST = timedelta(days=31)
_PAGE = 500


def transactions(
    client: PayPalClient, since: datetime, until: datetime, event_code: str = ""
) -> Iterator[Json]:
    """Their `transaction_info`, searched in the longest ranges that PayPal takes. `event_code`:
    of one type only, such as T1107, the refund of a payment. Each once: two ranges share the
    second in which they meet."""
    start = since.replace(microsecond=0)
    until = until.replace(microsecond=0) + timedelta(seconds=1)
    filters = {"transaction_type": event_code} if event_code else {}
    seen: set[object] = set()
    while start < until:
        end = min(until, start + _LONGEST)
        window = {"start_date": rfc3339(start), "end_date": rfc3339(end)}
        for info in _pages(client, {**window, **filters}):
            if info.get("transaction_id") not in seen:
                yield info
            seen.add(info.get("transaction_id"))
        start = end


def _pages(client: PayPalClient, filters: dict[str, str]) -> Iterator[Json]:
    page, pages = 1, 1
    while page <= pages:
        answer = client.get(
            "/v1/reporting/transactions",
            {**filters, "fields": "transaction_info", "page_size": _PAGE, "page": page},
        )
        for detail in answer.get("transaction_details", []):
            yield detail.get("transaction_info", {})
        page, pages = page + 1, int(answer.get("total_pages", 1))
