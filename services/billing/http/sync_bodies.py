"""How plans stand at gateways, as it is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel

from runtime.web.openapi import means
from services.billing.domain.plan.offers import SyncState
from services.billing.domain.plan.state import Plan


class SyncBody(BaseModel):
    """How a plan stands at one gateway."""

    state: Annotated[SyncState, means("`failed` is tried again with `syncPlan`.", "synced")]
    reason: Annotated[str | None, means("Of a failure.", "The gateway did not answer.")] = None


Synced = Annotated[
    dict[str, SyncBody],
    means("By gateway.", {"stripe": {"state": "synced", "reason": None}}),
]


class SyncAnswer(BaseModel):
    """How a plan stands at every gateway."""

    sync: Synced


def sync_of(plan: Plan, gateways: Iterable[str]) -> dict[str, SyncBody]:
    return {
        name: SyncBody(state=plan.sync_state(name), reason=plan.sync(name).reason)
        for name in gateways
    }
