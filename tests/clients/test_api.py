"""Every operation of the API, generated from its document."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.clients.conftest import EVERYTHING
from tests.clients.test_python_client import BACK, Pay, subscribe
from tests.support.system import RunningSystem
from workspace_billing import AsyncBilling, Billing, errors, models

MONTH = datetime.now(UTC).strftime("%Y-%m")


class TestEveryOperation:
    def test_a_command_is_sent_what_its_document_says(
        self, billing: Billing, workspace: str
    ) -> None:
        begun = billing.api.start_checkout(
            workspace, plan="pro-monthly", gateway="sandbox", success_url=BACK, cancel_url=BACK
        )
        assert begun.url
        with pytest.raises(errors.NotSubscribed):
            billing.api.swap_plan(workspace, plan="pro-yearly")

    def test_a_query_shows_what_was_done(self, billing: Billing, workspace: str, pay: Pay) -> None:
        subscribe(billing, workspace, pay)
        assert billing.api.get_subscription(workspace).plan == "pro-monthly"
        assert workspace in {
            each.workspace_id for each in billing.api.every(billing.api.list_subscriptions, limit=1)
        }
        assert MONTH in {each.month for each in billing.api.show_revenue(currency="USD").data}

    def test_an_answer_is_of_the_kind_that_came(
        self, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        subscribe(billing, workspace, pay)
        forecast = billing.api.cancel_subscription(workspace, dry_run=True)
        assert isinstance(forecast, models.Forecast)
        assert isinstance(billing.api.cancel_subscription(workspace), models.Account)

    def test_whatever_is_explained_is_explained_here(
        self, billing: Billing, workspace: str, pay: Pay
    ) -> None:
        subscribe(billing, workspace, pay)
        assert billing.api.explain_subscription(workspace).data
        billing.workspaces(workspace).message("m1")
        assert len(billing.api.explain_usage(workspace, "message", MONTH).data) == 1
        assert billing.api.show_as_of(workspace, at=datetime.now(UTC)).workspace_id == workspace

    def test_awaits_where_the_client_does(self, system: RunningSystem) -> None:
        async def names() -> list[str]:
            async with AsyncBilling(system.url, auth=EVERYTHING) as billing:
                found = billing.api.every(billing.api.list_plans, limit=1)
                return [plan.slug async for plan in found]

        assert "pro-monthly" in asyncio.run(names())
