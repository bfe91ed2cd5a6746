"""What is to be done about one account of a migration, and what would become of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateways.port import Capabilities
from kernel.events import DomainEvent
from services.billing.domain.account.events import PlanMigrationAnnounced
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.state import Account
from services.billing.domain.plan.state import Plan
from services.billing.domain.plan_migration.foresee import first_boundary, foresee
from services.billing.domain.plan_migration.state import PlanMigration
from services.billing.domain.plan_migration.step import LEAD, Act, Over, Wait, next_step
from services.billing.domain.terms import Price, Terms
from tests.support.accounts import DAY, MONTH_END, NOW, TEAM, subscribed

MOVING = PlanMigration(
    id="pmg_1", plan="pro", target="team", starts_at=NOW, notice_days=10, started_at=NOW
)
ANNOUNCED = PlanMigrationAnnounced(
    timestamp=NOW,
    migration_id="pmg_1",
    plan="pro",
    deal=TEAM,
    not_before=NOW + 10 * DAY,
    effective_at=MONTH_END,
    approval=False,
)
IN_PLACE = Capabilities(cancels="period_end", archive_price=True, resume=True, swap_in_place=True)
HOSTED = Capabilities(cancels="immediately", archive_price=True)


def account(*events: DomainEvent, **changed: Any) -> Account:
    known = ACCOUNT.fold(subscribed().state, list(events))
    live = replace(known.require_live(), period_end=MONTH_END, **changed)
    return replace(known, subscription=live)


def step(
    known: Account, at: datetime = NOW, *, in_place: bool = True, done: datetime | None = None
) -> Any:
    return next_step(known, MOVING, at, in_place=in_place, scheduled_for=done)


class TestStep:
    def test_is_told_first(self) -> None:
        assert step(account()) == Act("announce")

    def test_is_scheduled_shortly_before_the_period_ends(self) -> None:
        told = account(ANNOUNCED)
        assert step(told) == Wait(MONTH_END - LEAD)
        assert step(told, MONTH_END - LEAD) == Act("schedule")
        assert isinstance(step(told, MONTH_END - LEAD, done=MONTH_END), Wait)

    def test_a_period_that_ends_before_its_notice_is_not_the_last(self) -> None:
        late = replace(ANNOUNCED, not_before=MONTH_END + DAY)
        assert step(account(late), MONTH_END - DAY).until > MONTH_END

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"cancel_at": MONTH_END, "status": "grace"}, "cancellation_scheduled"),
            ({"status": "paused"}, "paused"),
            ({"next_plan": "pro-yearly"}, "swap_scheduled"),
        ],
    )
    def test_what_the_workspace_does_comes_first(
        self, changed: dict[str, Any], reason: str
    ) -> None:
        waits = step(account(ANNOUNCED, **changed), MONTH_END - DAY)
        assert waits.reason == reason

    @pytest.mark.parametrize(
        ("changed", "state"),
        [
            ({"plan": "team"}, "moved"),
            ({"plan": "enterprise"}, "left"),
            ({"status": "cancelled"}, "left"),
        ],
    )
    def test_is_over_where_there_is_nothing_to_move(
        self, changed: dict[str, Any], state: str
    ) -> None:
        over = step(account(ANNOUNCED, **changed))
        assert isinstance(over, Over)
        assert over.state == state

    def test_a_payer_who_has_to_agree_is_asked_when_the_notice_is_over(self) -> None:
        told = account(ANNOUNCED)
        assert step(told, in_place=False) == Wait(ANNOUNCED.not_before)
        assert step(told, ANNOUNCED.not_before, in_place=False) == Act("ask")


class TestForesee:
    target = Plan(
        slug="team",
        name="Team",
        price=Price(9900, "USD", "month"),
        last_paid=None,
        terms=Terms(5000),
        is_active=True,
        is_default=False,
    )

    def test_tells_price_and_day(self) -> None:
        seen = foresee(account(), MOVING, self.target, IN_PLACE, NOW)
        assert seen is not None
        assert (seen.how, seen.becomes, seen.effective_at) == (
            "in_place",
            self.target.price,
            MONTH_END,
        )

    @pytest.mark.parametrize(
        ("changed", "capabilities", "reason"),
        [
            ({"quantity": 3}, IN_PLACE, "quantity_not_sold"),
            ({"price": Price(4500, "EUR", "month")}, IN_PLACE, "currency_mismatch"),
            ({}, None, "gateway_not_configured"),
        ],
    )
    def test_tells_why_not(
        self, changed: dict[str, Any], capabilities: Capabilities | None, reason: str
    ) -> None:
        seen = foresee(account(**changed), MOVING, self.target, capabilities, NOW)
        assert seen is not None
        assert (seen.how, seen.reason) == ("refused", reason)

    def test_another_price_of_the_same_plan_needs_a_gateway_that_changes_it(self) -> None:
        dearer = replace(self.target, slug="pro")
        moving = replace(MOVING, target="pro")
        seen = foresee(account(), moving, dearer, HOSTED, NOW)
        assert seen is not None
        assert seen.reason == "capability_not_supported"

    def test_who_is_elsewhere_or_there_already_is_not_concerned(self) -> None:
        assert foresee(account(plan="team"), MOVING, self.target, IN_PLACE, NOW) is None
        same = replace(self.target, slug="pro", price=account().require_live().price)
        moving = replace(MOVING, target="pro")
        assert foresee(account(), moving, same, IN_PLACE, NOW) is None

    def test_the_first_boundary_is_never_before_the_notice_ends(self) -> None:
        live = account().require_live()
        found = first_boundary(live, MONTH_END + timedelta(days=40))
        assert found is not None
        assert found >= MONTH_END + timedelta(days=40)
