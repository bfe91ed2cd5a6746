"""One item that fails, whatever its fault, holds up no other, and people are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kernel.errors import Conflict
from runtime.postgres.database import Database, OperationalError
from runtime.postgres.migrations import Schema
from runtime.process.failed_items import FAILED_ITEM_TABLES, FailedItems
from services.billing.application.start_checkout import CheckoutCommand
from tests.support.billing_service import CAUSE, BillingService

URLS = "https://app.example/done", "https://app.example/back"


@pytest.fixture
def failed(database_url: str) -> Iterator[FailedItems]:
    with Database(database_url, "work") as database:
        Schema(database, FAILED_ITEM_TABLES).migrate()
        yield FailedItems(database)


def fails(error: Exception) -> None:
    raise error


class TestFailedItems:
    @pytest.mark.parametrize(
        "error",
        [
            ValueError("[::1"),
            Conflict(),
            RecursionError("deep"),
            UnicodeError("a\0\ud83d"),
            OSError(),
        ],
    )
    def test_a_fault_of_any_type_is_noted_with_its_key(
        self, failed: FailedItems, error: Exception
    ) -> None:
        failure = failed.attempt("sweep", "acme", lambda: fails(error))
        assert failure is not None
        assert failure.error is error
        [item] = failed.all()
        assert (item.work, item.key, item.attempts) == ("sweep", "acme", 1)

    def test_the_pauses_grow_up_to_six_hours(self, failed: FailedItems) -> None:
        error = ValueError("no")
        pauses = [failed.note("sweep", "acme", error).pause for _ in range(25)]
        assert pauses[:4] == [timedelta(seconds=30 * 2**number) for number in range(4)]
        assert pauses[-1] == timedelta(hours=6)

    def test_what_succeeds_is_forgotten_also_by_another_process(
        self, failed: FailedItems, database_url: str
    ) -> None:
        failed.note("sweep", "acme", ValueError("no"))
        with Database(database_url, "work") as database:
            assert FailedItems(database).attempt("sweep", "acme", lambda: None) is None
            assert FailedItems(database).all() == []

    def test_what_was_left_as_it_is_is_not(self, failed: FailedItems) -> None:
        failed.note("sweep", "acme", ValueError("no"))
        failed.attempt("sweep", "acme", lambda: False)
        assert len(failed.all()) == 1

    def test_a_database_that_is_away_is_no_items_fault(self, failed: FailedItems) -> None:
        with pytest.raises(OperationalError):
            failed.attempt("sweep", "acme", lambda: fails(OperationalError("away")))
        assert failed.all() == []


def damage(billing: BillingService, workspace: str) -> None:
    """Its history can't be read any more: no refusal, and nothing that anybody foresaw."""
    billing.database.execute(
        f"UPDATE {billing.store.table} SET state = '\\x00'::bytea WHERE originator_id = %s",
        (f"account:{workspace}",),
    )


class TestBillingsSweep:
    def test_a_workspace_that_fails_keeps_no_other_from_being_found(
        self, billing: BillingService
    ) -> None:
        for workspace in ("aaa", "zzz"):
            command = CheckoutCommand("pro", "sandbox", *URLS)
            billing.billing.start_checkout(workspace, command, CAUSE)
        billing.pay(billing.checkout())
        damage(billing, "aaa")
        billing.driver.advance(timedelta(minutes=2))
        billing.billing.sweep()
        assert billing.account.live is not None
        items = FailedItems(billing.database).all()
        assert [(item.work, item.key) for item in items] == [("billing.sweep", "aaa")]

    def test_it_is_put_off(self, billing: BillingService) -> None:
        billing.billing.start_checkout("aaa", CheckoutCommand("pro", "sandbox", *URLS), CAUSE)
        damage(billing, "aaa")
        billing.driver.advance(timedelta(minutes=2))
        billing.billing.sweep()
        billing.billing.sweep()
        assert [item.attempts for item in FailedItems(billing.database).all()] == [1]

    def test_the_doctor_examines_the_others(self, billing: BillingService) -> None:
        billing.billing.start_checkout("aaa", CheckoutCommand("pro", "sandbox", *URLS), CAUSE)
        billing.subscribe()
        damage(billing, "aaa")
        report = billing.billing.doctor.examine()
        assert report.accounts == 2
        assert [f.workspace for f in report.findings if f.kind == "not_examined"] == ["aaa"]
