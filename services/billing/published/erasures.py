"""Erasures in the published language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.aggregate import DomainEvent
from services.billing.domain.erasure import WorkspaceErased


def _erased(event: WorkspaceErased) -> contract.WorkspaceErased:
    return contract.WorkspaceErased(workspace_id=event.workspace_id)


CONTRACTS: Mapping[type[DomainEvent], Callable[[Any], EventData]] = {WorkspaceErased: _erased}
