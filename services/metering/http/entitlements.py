"""All that a workspace may do now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from kernel.clock import rfc3339
from kernel.month import Month
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.desk import Desk
from services.metering.application.metering import Check, Metering
from services.metering.domain.accounts.terms import room
from services.metering.domain.overrides import Overrides
from services.metering.domain.quota import METRICS, Plan, remaining
from services.metering.http import entitled as bodies
from services.metering.http.answers import resets_at


class EntitlementsOf:
    """The built-in meters are answered from memory, declared ones by their accounts."""

    def __init__(self, metering: Metering, desk: Desk) -> None:
        self._metering = metering
        self._desk = desk

    async def of(self, workspace: str) -> bodies.Entitlements:
        answers = await asyncio.gather(
            *(self._desk.look(workspace, meter.slug) for meter in self._desk.meters())
        )
        return _entitlements(
            workspace,
            self._metering.check(workspace, "conversation"),
            self._metering.check(workspace, "message"),
            {answer.account.meter: self._meter(answer) for answer in answers},
            list(_overrides(*self._desk.overrides(workspace))),
        )

    def _meter(self, answer: AccountAnswer) -> bodies.MeterEntitlement:
        account, now = answer.account, self._desk.clock()
        month = str(Month.of(now))
        terms = self._desk.terms(account.workspace, account.meter)
        left = room(account, terms, month, now)
        return bodies.MeterEntitlement(
            unit=self._desk.meter(account.meter).unit,
            used=account.used(month),
            reserved=account.held(month),
            limit=terms.limit(account),
            mode="soft" if terms.soft else "hard",
            credits=left.credits,
            overdrawn=left.debt,
            remaining=left.remaining,
        )


def _overrides(plan: Plan, overrides: Overrides | None) -> Iterator[bodies.Override]:
    if overrides is None:
        return
    until = rfc3339(overrides.until) if overrides.until else None
    for meter, quota in overrides.quotas.items():
        built_in = next((metric for metric in METRICS if metric == meter), None)
        given = plan.quota_of(meter)
        value = plan.limit_of(built_in) if built_in else given.limit if given else None
        yield bodies.Override("quota", meter, quota.limit, value, until)
    for name, limit in overrides.limits.items():
        yield bodies.Override("limit", name, limit, plan.limits.get(name), until)
    for name, flag in overrides.features.items():
        yield bodies.Override("feature", name, flag, plan.features.get(name), until)


def _entitlements(
    workspace: str,
    conversation: Check,
    message: Check,
    meters: dict[str, bodies.MeterEntitlement],
    overrides: list[bodies.Override],
) -> bodies.Entitlements:
    plan, month = conversation.plan, conversation.month
    return bodies.Entitlements(
        workspace_id=workspace,
        plan=plan.slug or None,
        limits={**plan.limits, "conversations": conversation.limit, "messages": message.limit},
        used=bodies.UnitFigures(conversation.usage.used, message.usage.used),
        held=bodies.UnitFigures(conversation.usage.held, message.usage.held),
        remaining=bodies.RemainingUnits(
            remaining(conversation.limit, conversation.usage),
            remaining(message.limit, message.usage),
        ),
        can_start_conversation=conversation.allowed,
        can_send_message=message.allowed,
        max_tokens=plan.max_tokens,
        removes_branding=plan.remove_branding,
        features=dict(plan.features),
        meters=meters,
        overrides=overrides,
        period=str(month),
        resets_at=resets_at(month),
    )
