"""Where accounts are asked: what all use cases of declared meters share."""

from __future__ import annotations

from kernel.cause import Cause
from kernel.clock import Clock
from services.metering.application.accounts.command import AccountAnswer, ChangeAccount, Decide
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.reported import Workspaces
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.errors import MeterNotFound, QuotaExceeded
from services.metering.domain.identity import grant_kind, usage_kind
from services.metering.domain.meters import MeterDefinition
from services.metering.domain.overrides import Overrides
from services.metering.domain.quota import Plan

NOBODY = Cause("service:metering")


def terms_of(plan: Plan, meter: str, overdraft: int) -> Terms:
    return Terms(plan.quota_of(meter), overdraft, plan.monthly_credits.get(meter))


class Desk:
    def __init__(self, state: LiveState, commits: GroupCommit, clock: Clock) -> None:
        self.clock = clock
        self._state = state
        self._commits = commits
        self._workspaces = Workspaces()
        self._metered = Workspaces(state.meters)

    def meter(self, slug: str) -> MeterDefinition:
        """Raises MeterNotFound for one that is not declared."""
        meter = self._state.plans.meters.get(slug)
        if meter is None:
            raise MeterNotFound(slug=slug)
        return meter

    def meters(self) -> list[MeterDefinition]:
        """Those that are declared, by slug."""
        declared = self._state.plans.meters
        return [declared[slug] for slug in sorted(declared)]

    def require_metered(self, workspace: str) -> None:
        """Raises WorkspaceUnknown for one that nothing is counted for."""
        self._metered.identity(workspace)

    def terms(self, workspace: str, meter: str) -> Terms:
        """Raises MeterNotFound for a meter that is not declared."""
        return terms_of(self._state.plans.of(workspace), meter, self.meter(meter).overdraft)

    @property
    def revision(self) -> int:
        """Up to which plans and meters are known."""
        return self._state.plans.revision

    def overrides(self, workspace: str) -> tuple[Plan, Overrides | None]:
        """The plan without them, and those that hold."""
        plans = self._state.plans
        return plans.plan_of(workspace), plans.overrides_of(workspace)

    def of_usage(
        self, workspace: str, meter: str, usage_id: str, decide: Decide, cause: Cause
    ) -> ChangeAccount:
        return self._command(workspace, meter, usage_kind(meter), usage_id, decide, cause)

    def of_grant(
        self, workspace: str, meter: str, grant_id: str, decide: Decide, cause: Cause
    ) -> ChangeAccount:
        return self._command(workspace, meter, grant_kind(meter), grant_id, decide, cause)

    async def ask(self, command: ChangeAccount) -> AccountAnswer:
        """Returns once it is durably stored, or when a quota refuses it: that has more to tell.
        Raises every other refusal, and Unavailable."""
        self._commits.submit(command)
        answer = await command.answer
        if answer.refusal is not None and not isinstance(answer.refusal, QuotaExceeded):
            raise answer.refusal
        return answer

    async def look(self, workspace: str, meter: str) -> AccountAnswer:
        """How the account stands; the first look in a month finds what the plan grants."""
        return await self.find(workspace, meter, "")

    async def find(self, workspace: str, meter: str, usage_id: str) -> AccountAnswer:
        return await self.ask(self.of_usage(workspace, meter, usage_id, lambda _, __: (), NOBODY))

    def _command(
        self,
        workspace: str,
        meter: str,
        kind: bytes,
        identifier: str,
        decide: Decide,
        cause: Cause,
    ) -> ChangeAccount:
        stream = self._workspaces.identity(workspace).of(kind, identifier)
        terms = self.terms(workspace, meter)
        return ChangeAccount(workspace, meter, stream, terms, decide, self.clock(), cause)
