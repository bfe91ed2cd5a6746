"""Moves subscribers, each when it is its turn. Every step may be repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from gateways.port import GatewayUnavailable
from kernel.cause import Cause
from kernel.errors import Conflict, DomainError
from runtime.process.failed_items import FailedItems
from services.billing.application.plan_migrations.announce import Announce
from services.billing.application.plan_migrations.ledger import Item
from services.billing.application.plan_migrations.manage import ManageMigrations
from services.billing.application.swap_plan import SwapCommand, SwapPlan
from services.billing.domain.account.agreement import ExpectedPrice
from services.billing.domain.account.checkout import Checkout
from services.billing.domain.account.migrate import (
    STOPPED,
    decide_ask,
    decide_migrate,
    decide_withdraw,
)
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.errors import ChangeNotApplied, ChangeOvertaken, PlanNotSynced
from services.billing.domain.plan_migration.state import PlanMigration
from services.billing.domain.plan_migration.step import (
    MARGIN,
    SOON,
    Act,
    Over,
    Wait,
    announced_by,
    is_moved,
    is_planned,
    next_step,
)

WORK = "billing.plan_migrations"
AT_ONCE, PER_SECOND = 200, 5.0
# Another attempt may fare better; everything else that is refused stays so.
PASSING = (GatewayUnavailable, PlanNotSynced, ChangeNotApplied, ChangeOvertaken)


@dataclass(frozen=True, slots=True)
class MoveSubscribers:
    """One process at a time runs it. No more than `per_second` accounts a second are looked at."""

    manage: ManageMigrations
    announce: Announce
    swap: SwapPlan
    failed: FailedItems
    per_second: float = PER_SECOND
    sleep: Callable[[float], None] = time.sleep

    def __call__(self) -> int:
        """Returns how many workspaces were looked at."""
        due = self.manage.ledger.due(self.manage.clock(), AT_ONCE)
        for item in due:
            self.sleep(1 / self.per_second)
            key = f"{item.migration}:{item.workspace}"
            failure = self.failed.attempt(WORK, key, partial(self._look, item))
            if failure is not None:
                reason = getattr(failure.error, "code", "internal_error")
                self.manage.ledger.put_off(item, failure.pause, self.manage.clock(), reason)
        self.manage.ledger.close()
        return len(due)

    def _look(self, item: Item) -> None:
        migration = self.manage.get(item.migration)
        cause = Cause("policy:plan_migration", migration.id, f"migration:{migration.id}")
        account = self.manage.observations.accounts.find(item.workspace)
        if account is None:
            self.manage.ledger.settle(item, "left", "not_subscribed")
            return
        act = self._stop if migration.stopped else self._advance
        try:
            act(item, migration, account, cause)
        except PASSING:
            raise
        except DomainError as refusal:
            if type(refusal) is Conflict:  # somebody else was quicker, again and again
                raise
            self._withdraw(item, refusal.code, cause)
            self.manage.ledger.settle(item, "refused", refusal.code)

    def _advance(
        self, item: Item, migration: PlanMigration, account: Account, cause: Cause
    ) -> None:
        live, ledger = account.live, self.manage.ledger
        gateway = self.manage.observations.gateways.get((live and live.gateway) or "")
        in_place = gateway is not None and gateway.capabilities.swap_in_place
        step = next_step(
            *(account, migration, self.manage.clock()),
            in_place=in_place,
            scheduled_for=item.scheduled_for,
        )
        if isinstance(step, Wait):
            ledger.settle(item, None, step.reason, next_at=step.until)
        elif isinstance(step, Over):
            ledger.settle(item, step.state, step.reason)
        else:
            self._act(step, item, migration, account, cause)

    def _act(
        self, step: Act, item: Item, migration: PlanMigration, account: Account, cause: Cause
    ) -> None:
        at, ledger = self.manage.clock(), self.manage.ledger
        announced = announced_by(account, migration)
        if step.what == "announce":
            found = self.announce(account, migration, cause)
            if found is None:
                ledger.settle(item, "left", "has_that_price")
            elif found.how == "refused":
                ledger.settle(item, "refused", found.reason)
            else:
                ledger.settle(item, "announced", next_at=at + SOON)
        elif announced is not None and step.what == "ask":
            self._ask(migration, account, announced.deal, cause)
            ledger.settle(item, "approval_asked", "approval_needed", next_at=at + SOON)
        elif announced is not None:
            boundary = account.require_live().period_end
            self._plan(account, _command(migration, account, boundary), announced.deal, cause)
            until = (boundary or at) + MARGIN
            ledger.settle(item, "scheduled", next_at=until, scheduled_for=boundary)

    def _plan(self, account: Account, command: str, deal: AgreedPrice, cause: Cause) -> None:
        """The same command, however often it is asked, is the same change."""
        at = self.manage.clock()
        decide = partial(
            decide_migrate, command_id=command, deal=deal, reason="plan_migration", at=at
        )
        self.swap.change(account.workspace, decide, cause)

    def _ask(
        self, migration: PlanMigration, account: Account, deal: AgreedPrice, cause: Cause
    ) -> None:
        """Raises PriceChanged where the page would not show what was announced."""
        expected = ExpectedPrice(deal.price.price_cents, deal.price.currency)
        pages = (migration.success_url, migration.cancel_url)
        page = self.swap(account.workspace, SwapCommand(deal.plan, *pages, expected), cause)
        if isinstance(page, Checkout):
            at, url = self.manage.clock(), page.url or ""
            self.manage.observations.accounts.record(
                account.workspace,
                lambda account: decide_ask(account, migration.id, page.id, url, at),
                cause,
            )

    def _stop(self, item: Item, migration: PlanMigration, account: Account, cause: Cause) -> None:
        """What has happened stays; what was planned is planned back to the present price."""
        live, ledger, at = account.live, self.manage.ledger, self.manage.clock()
        announced = announced_by(account, migration)
        if live is not None and announced is not None and is_moved(live, migration, announced):
            ledger.settle(item, "moved")
            return
        if account.change is not None:
            ledger.settle(item, None, "change_pending", next_at=at + SOON)
            return
        boundary = live.period_end if live is not None else None
        planned = announced is not None and is_planned(account, announced, item.scheduled_for)
        if live is not None and planned and boundary is not None:
            if boundary <= at + timedelta(minutes=1):  # it may happen while we ask
                ledger.settle(item, None, "at_the_boundary", next_at=at + SOON)
                return
            present = AgreedPrice(plan=live.plan, price=live.price, price_ref=live.price_ref)
            self._plan(account, f"{_command(migration, account, boundary)}:stop", present, cause)
        self._withdraw(item, STOPPED, cause)
        ledger.settle(item, "stopped", STOPPED)

    def _withdraw(self, item: Item, reason: str, cause: Cause) -> None:
        at = self.manage.clock()
        self.manage.observations.accounts.record(
            item.workspace,
            lambda account: decide_withdraw(account, item.migration, reason, at),
            cause,
        )


def _command(migration: PlanMigration, account: Account, boundary: datetime | None) -> str:
    day = f":{boundary:%Y%m%d}" if boundary is not None else ""
    return f"{migration.id}:{account.workspace}{day}"
