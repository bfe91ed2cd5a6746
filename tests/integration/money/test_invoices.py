"""Invoices as a read model: a workspace's own, and those of all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from projections.invoices.http import router
from projections.invoices.projector import READ_MODEL
from tests.support.audit_history import START
from tests.support.invoice_history import InvoiceLife
from tests.support.read_models import OWNER, SUPPORT, ReadModels, read_models
from tests.support.tokens import bearer

DAY = timedelta(days=1)
OWN, ALL = "workspaces/acme/invoices", "invoices"


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    with read_models(read_url, [READ_MODEL], router) as opened:
        yield opened


class TestAWorkspacesInvoices:
    def test_one_is_shown_with_its_lines_and_what_happened_to_it(self, model: ReadModels) -> None:
        life = InvoiceLife(due_at=START + 7 * DAY)
        model.tell(life.issued(), life.failed(), life.paid(START + DAY), life.refunded(900))
        model.tell(life.disputed(4000), life.dispute_closed(4000, "lost"))
        [shown] = model.get(OWN, OWNER)["data"]
        amounts = {name: shown[f"{name}_cents"] for name in ("paid", "refunded", "disputed")}
        assert amounts == {"paid": 4900, "refunded": 900, "disputed": 4000}
        assert (shown["status"], shown["owed_cents"]) == ("paid", 0)
        assert (shown["url"], shown["event"]) == ("https://pay.example/in_1", "billing:6")
        assert shown["lines"][0]["amount_cents"] == 4900
        steps = [(step["step"], step["event"]) for step in shown["steps"]]
        assert steps == [
            ("issued", "billing:1"),
            ("payment_failed", "billing:2"),
            ("paid", "billing:3"),
            ("refunded", "billing:4"),
            ("dispute_opened", "billing:5"),
            ("dispute_closed", "billing:6"),
        ]
        assert shown["steps"][1]["reason"] == "insufficient_funds"
        assert (shown["steps"][3]["amount_cents"], shown["steps"][5]["outcome"]) == (900, "lost")

    def test_the_latest_issued_comes_first_whenever_it_was_heard_of(
        self, model: ReadModels
    ) -> None:
        for ref, day in (("in_2", 2), ("in_1", 1), ("in_3", 3), ("in_1b", 1)):
            model.tell(InvoiceLife(ref, issued_at=START + day * DAY).issued())
        model.tell(InvoiceLife("in_x", "other").issued())
        shown = [row["invoice_ref"] for row in model.get(OWN, OWNER)["data"]]
        assert shown == ["in_3", "in_2", "in_1b", "in_1"]
        for limit in (1, 2, 3):
            paged = [row["invoice_ref"] for row in model.pages(ALL, limit, workspace="acme")]
            assert paged == shown

    def test_an_open_one_says_what_is_owed_of_it(self, model: ReadModels) -> None:
        life = InvoiceLife()
        model.tell(life.issued(), life.amended(paid_cents=1000))
        assert model.get(OWN, OWNER)["data"][0]["owed_cents"] == 3900
        model.tell(life.voided())
        assert model.get(OWN, OWNER)["data"][0]["owed_cents"] == 0


class TestAllInvoices:
    @pytest.fixture
    def several(self, model: ReadModels) -> ReadModels:
        first = InvoiceLife("in_1", issued_at=START)
        euros = InvoiceLife("in_2", "beta", currency="EUR", issued_at=START + DAY)
        trap = InvoiceLife("in_3", gateway="stripe", number="=1+1", issued_at=START + 2 * DAY)
        model.tell(first.issued(), first.paid(), euros.issued(), trap.issued(), trap.voided())
        return model

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["in_3", "in_2", "in_1"]),
            ({"workspace": "acme"}, ["in_3", "in_1"]),
            ({"status": "open"}, ["in_2"]),
            ({"gateway": "stripe"}, ["in_3"]),
            ({"currency": "EUR", "q": "n-IN"}, ["in_2"]),
            ({"q": "beta"}, ["in_2"]),
            ({"q": "100%"}, []),
        ],
    )
    def test_are_filtered_and_searched(
        self, several: ReadModels, query: dict[str, Any], found: list[str]
    ) -> None:
        assert [row["invoice_ref"] for row in several.get(ALL, **query)["data"]] == found

    def test_are_exported_whole_and_nothing_is_a_formula(self, several: ReadModels) -> None:
        rows = list(csv.DictReader(io.StringIO(several.csv(ALL, limit=1))))
        assert [row["invoice_ref"] for row in rows] == ["in_3", "in_2", "in_1"]
        assert (rows[0]["number"], rows[2]["paid_cents"]) == ("'=1+1", "4900")

    @pytest.mark.parametrize(
        "query",
        [{"cursor": "x"}, {"cursor": "1"}, {"status": "late"}, {"currency": "eur"}, {"q": "a\x00"}],
    )
    def test_a_wrong_question_is_refused(self, model: ReadModels, query: dict[str, Any]) -> None:
        assert model.status(ALL, SUPPORT, **query) == 422

    def test_are_for_the_platform_and_a_workspaces_own_for_who_manages_it(
        self, model: ReadModels
    ) -> None:
        for headers in (OWNER, bearer("auditor"), bearer("service")):
            assert model.status(ALL, headers) == 403
        for headers in (bearer(acme="viewer"), bearer(other="owner"), bearer("service")):
            assert model.status(OWN, headers) == 403
        assert model.status(OWN, SUPPORT) == 200


class TestRebuild:
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_any_batches_and_repetitions_give_the_same_rows(
        self, model: ReadModels, batch: int
    ) -> None:
        one, two = InvoiceLife(), InvoiceLife("in_2", "beta")
        model.tell(one.issued(), two.issued(), one.failed(), one.paid(), two.voided())
        model.tell(one.refunded(100), one.refund_failed(100), one.disputed(4900))
        live = model.rows()
        assert model.rebuilt(batch) == live
        assert model.rebuilt(batch, doubled=True) == live
