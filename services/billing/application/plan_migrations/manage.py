"""Migrations are foreseen, started, watched and stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.ids import new_id
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from services.billing.application.observe_snapshot import Observations
from services.billing.application.plan_migrations.ledger import Item, MigrationLedger, State
from services.billing.application.plans import Plans
from services.billing.domain.errors import PlanMigrationNotFound
from services.billing.domain.plan_migration.decide import decide_start, decide_stop, require_target
from services.billing.domain.plan_migration.foresee import Foreseen, foresee
from services.billing.domain.plan_migration.state import (
    PLAN_MIGRATION,
    PlanMigration,
    migration_stream,
)


@dataclass(frozen=True, kw_only=True)
class MigrationCommand:
    """`starts_at` is now without one. The pages are for who has to agree at a gateway, and only
    needed for subscriptions that no checkout of ours made."""

    plan: str
    target: str
    notice_days: int
    starts_at: datetime | None = None
    success_url: str | None = None
    cancel_url: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`counts`: workspaces by state. `is_open`: something is still to come."""

    migration: PlanMigration
    is_open: bool
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ManageMigrations:
    store: EventStore
    observations: Observations
    plans: Plans
    ledger: MigrationLedger
    clock: Clock

    def foresee(self, command: MigrationCommand) -> tuple[PlanMigration, Sequence[Foreseen]]:
        """Raises PlanNotFound, PlanInactive, PlanOnRequest or PlanLocalOnly."""
        wanted = self._wanted(command)
        return wanted, list(self._foreseen(wanted))

    def start(
        self, command: MigrationCommand, cause: Cause
    ) -> tuple[PlanMigration, Sequence[Foreseen]]:
        """Of who subscribes while it begins, none is moved. Raises PlanMigrationRunning, too."""
        wanted, concerned = self.foresee(command)
        started = decide_start(wanted, self.plans.get(wanted.target))
        moving = [each.workspace for each in concerned]

        self.store.append(
            Change(self._stream(wanted.id), started),
            cause=cause,
            within=lambda cursor: self.ledger.add(
                cursor, wanted.id, wanted.plan, moving, wanted.started_at
            ),
        )
        return wanted, concerned

    @retry_conflicts
    def stop(self, plan: str, migration_id: str, cause: Cause) -> Progress:
        """What is planned is undone, and who was told is told. Raises PlanMigrationNotFound."""
        stream = self._stream(migration_id)
        migration = self._of_plan(stream.state, plan)
        decided = decide_stop(migration, self.clock())
        if decided:
            self.store.append(Change(stream, decided), cause=cause)
        self.ledger.hurry(migration_id, self.clock())
        return next(each for each in self.progress(plan) if each.migration.id == migration_id)

    def progress(self, plan: str) -> Sequence[Progress]:
        """The latest first. Raises PlanNotFound."""
        self.plans.get(plan)
        return [
            Progress(self.get(each), is_open, counts)
            for each, (is_open, counts) in self.ledger.of_plan(plan).items()
        ]

    def items(
        self, plan: str, migration_id: str, state: State | None, after: str, limit: int
    ) -> Sequence[Item]:
        """Raises PlanMigrationNotFound."""
        self._of_plan(self._stream(migration_id).state, plan)
        return self.ledger.shown(migration_id, state, after, limit)

    def get(self, migration_id: str) -> PlanMigration:
        """Raises PlanMigrationNotFound."""
        state = self._stream(migration_id).state
        if state is None:
            raise PlanMigrationNotFound
        return state

    def _wanted(self, command: MigrationCommand) -> PlanMigration:
        self.plans.get(command.plan)
        require_target(self.plans.get(command.target))
        at = self.clock()
        return PlanMigration(
            id=new_id("pmg"),
            plan=command.plan,
            target=command.target,
            starts_at=max(command.starts_at or at, at),
            notice_days=command.notice_days,
            started_at=at,
            success_url=command.success_url,
            cancel_url=command.cancel_url,
        )

    def _foreseen(self, migration: PlanMigration) -> Iterator[Foreseen]:
        target = self.plans.get(migration.target)
        for workspace in self.observations.accounts.all():
            account = self.observations.accounts.find(workspace)
            if account is None or account.live is None:
                continue
            gateway = self.observations.gateways.get(account.live.gateway or "")
            capabilities = gateway.capabilities if gateway is not None else None
            found = foresee(account, migration, target, capabilities, migration.started_at)
            if found is not None:
                yield found

    def _stream(self, migration_id: str) -> Stream[PlanMigration]:
        return self.store.load(PLAN_MIGRATION, migration_stream(migration_id))

    @staticmethod
    def _of_plan(migration: PlanMigration | None, plan: str) -> PlanMigration:
        if migration is None or migration.plan != plan:
            raise PlanMigrationNotFound
        return migration
