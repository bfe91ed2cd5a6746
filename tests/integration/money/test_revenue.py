"""Recurring revenue by month and currency, its movements, and the money beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import billing
from projections.revenue.http import router
from projections.revenue.projector import READ_MODEL
from tests.support.audit_history import subscribed, subscription
from tests.support.invoice_history import InvoiceLife
from tests.support.read_models import OWNER, SUPPORT, ReadModels, read_models
from tests.support.tokens import bearer

NOVEMBER, DECEMBER = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 1, tzinfo=UTC)
PATH = "revenue"


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    with read_models(read_url, [READ_MODEL], router) as opened:
        opened.now = FEBRUARY
        yield opened


def worth(cents: int, workspace: str = "acme", **facts: Any) -> billing.SubscriptionAmended:
    facts = {"price_cents": cents, **facts}
    return billing.SubscriptionAmended(
        workspace_id=workspace, subscription=subscription(workspace, **facts)
    )


def month(model: ReadModels, name: str, currency: str = "USD") -> dict[str, Any]:
    rows = model.get(PATH, since=name, until=name, currency=currency)["data"]
    found: dict[str, Any] = rows[0]
    return found


class TestMovements:
    def test_a_month_starts_where_the_last_ended_and_adds_up(self, model: ReadModels) -> None:
        model.tell(
            worth(4900), worth(2000, "beta"), worth(49000, "c", interval="year"), at=NOVEMBER
        )
        model.tell(worth(9900), worth(1000, "beta"), at=DECEMBER)
        model.tell(worth(0, "c", status="cancelled"), at=DECEMBER)
        first, second = month(model, "2026-11"), month(model, "2026-12")
        assert (first["new_cents"], first["mrr_cents"]) == (4900 + 2000 + 4083, 10983)
        assert {name: cents for name, cents in second.items() if "_cents" in name and cents} == {
            "mrr_start_cents": 10983,
            "expansion_cents": 5000,
            "contraction_cents": -1000,
            "churn_cents": -4083,
            "mrr_cents": 10900,
        }
        assert (first["subscribers"], second["subscribers"]) == (3, 2)

    def test_months_in_which_nothing_happened_are_there_too(self, model: ReadModels) -> None:
        model.tell(worth(4900), at=NOVEMBER)
        shown = [(row["month"], row["mrr_cents"]) for row in model.pages(PATH, 1)]
        assert shown == [("2027-02", 4900), ("2027-01", 4900), ("2026-12", 4900), ("2026-11", 4900)]
        february = month(model, "2027-02")
        assert (february["mrr_start_cents"], february["new_cents"]) == (4900, 0)

    def test_currencies_stand_apart_and_a_change_leaves_one_for_the_other(
        self, model: ReadModels
    ) -> None:
        model.tell(worth(4900), at=NOVEMBER)
        model.tell(worth(4500, currency="EUR"), at=DECEMBER)
        assert month(model, "2026-12")["churn_cents"] == -4900
        euros = month(model, "2026-12", "EUR")
        assert (euros["reactivation_cents"], euros["mrr_cents"]) == (4500, 4500)
        rows = [(row["month"], row["currency"]) for row in model.pages(PATH, 1, since="2026-12")]
        assert rows[:3] == [("2027-02", "EUR"), ("2027-02", "USD"), ("2027-01", "EUR")]

    def test_each_is_led_back_to_its_event_and_the_one_before(self, model: ReadModels) -> None:
        model.tell(subscribed(status="trialing"), worth(4900), worth(4900), at=NOVEMBER)
        model.tell(worth(4500, currency="EUR"), worth(2000, "beta"), at=DECEMBER)
        shown = model.pages(f"{PATH}/movements", 1, workspace="acme")
        assert [(row["kind"], row["event"], row["follows"]) for row in shown] == [
            ("reactivation", "billing:4", "billing:2"),
            ("churn", "billing:4", "billing:2"),
            ("new", "billing:2", None),
        ]
        [new] = model.get(f"{PATH}/movements", kind="new", month="2026-12")["data"]
        assert (new["workspace_id"], new["change_cents"]) == ("beta", 2000)

    def test_one_that_is_heard_of_late_counts_no_earlier_than_what_it_follows(
        self, model: ReadModels
    ) -> None:
        model.tell(worth(4900), at=DECEMBER)
        model.tell(worth(0, status="cancelled"), at=NOVEMBER)
        assert month(model, "2026-12")["churn_cents"] == -4900
        assert [row["month"] for row in model.pages(PATH, 50)][-1] == "2026-12"


class TestMoney:
    def test_what_was_paid_failed_given_back_and_disputed(self, model: ReadModels) -> None:
        life = InvoiceLife()
        model.tell(life.issued(), life.failed(), life.amended(paid_cents=1000), at=NOVEMBER)
        model.tell(life.paid(), life.refunded(500), life.refund_failed(500), at=DECEMBER)
        model.tell(life.disputed(4900), life.dispute_closed(4900, "lost"), at=DECEMBER)
        first, second = month(model, "2026-11"), month(model, "2026-12")
        assert (first["paid_cents"], first["failed_payments"], first["failed_cents"]) == (
            *(1000, 1),
            4900,
        )
        assert (second["paid_cents"], second["refunded_cents"]) == (3900, 500)
        assert (second["refund_failed_cents"], second["disputes"]) == (500, 1)
        assert (second["disputed_cents"], second["dispute_lost_cents"]) == (4900, 4900)
        assert first["net_cents"] + second["net_cents"] == 0
        refunds = model.get(f"{PATH}/payments", kind="refund")["data"]
        assert [(row["event"], row["amount_cents"]) for row in refunds] == [("billing:5", 500)]
        everything = model.pages(f"{PATH}/payments", 2, month="2026-12", currency="USD")
        assert len(everything) == 5

    def test_a_dispute_that_is_won_gives_the_money_back(self, model: ReadModels) -> None:
        life = InvoiceLife()
        model.tell(life.issued(), life.paid(), life.disputed(4900), at=NOVEMBER)
        assert month(model, "2026-11")["net_cents"] == 0
        model.tell(life.dispute_closed(4900, "won"), at=NOVEMBER)
        assert month(model, "2026-11")["net_cents"] == 4900


class TestLists:
    @pytest.mark.parametrize("path", [PATH, f"{PATH}/movements", f"{PATH}/payments"])
    def test_are_exported_and_for_the_platform(self, model: ReadModels, path: str) -> None:
        life = InvoiceLife()
        model.tell(worth(4900, plan="=1"), life.issued(), life.paid(), at=NOVEMBER)
        rows = list(csv.DictReader(io.StringIO(model.csv(path))))
        assert rows[-1]["month"] == "2026-11"
        assert rows[-1].get("plan", "'=1") == "'=1"
        for headers in (OWNER, bearer("auditor"), bearer("service")):
            assert model.status(path, headers) == 403

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("", {"since": "2026-13"}),
            ("", {"cursor": "2026-11"}),
            ("/movements", {"kind": "refund"}),
            ("/movements", {"cursor": "1"}),
            ("/payments", {"month": "2026"}),
        ],
    )
    def test_a_wrong_question_is_refused(
        self, model: ReadModels, path: str, query: dict[str, Any]
    ) -> None:
        assert model.status(PATH + path, SUPPORT, **query) == 422

    def test_without_any_money_there_is_nothing(self, model: ReadModels) -> None:
        assert model.get(PATH) == {"data": [], "next": None}


class TestRebuild:
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_any_batches_and_repetitions_give_the_same_rows(
        self, model: ReadModels, batch: int
    ) -> None:
        life = InvoiceLife()
        model.tell(worth(4900), life.issued(), worth(2000, "beta"), worth(4900), at=NOVEMBER)
        model.tell(worth(4500, currency="EUR"), life.amended(paid_cents=900), at=DECEMBER)
        model.tell(life.paid(), life.refunded(100), life.refund_failed(100), life.disputed(4900))
        model.tell(worth(0, status="cancelled"), at=NOVEMBER - timedelta(days=40))
        live = model.rows()
        assert model.rebuilt(batch) == live
        assert model.rebuilt(batch, doubled=True) == live
