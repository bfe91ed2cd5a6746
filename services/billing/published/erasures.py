"""Erasures in the published language."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import billing as contract
from kernel.events import DomainEvent
from services.billing.domain.erasure import WorkspaceErased
from services.billing.published.plain import Convert


def _erased(event: WorkspaceErased) -> contract.WorkspaceErased:
    return contract.WorkspaceErased(workspace_id=event.workspace_id)


CONTRACTS: Mapping[type[DomainEvent], Convert] = {WorkspaceErased: _erased}
