"""The reconciler: pulls the live state in-band, so that the right plan shows without a webhook."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from gateways.port import (
    CapabilityNotSupported,
    CheckoutSnapshot,
    CurrencyMismatch,
    GatewayNotConfigured,
    GatewayRejected,
    GatewayUnavailable,
    ReferenceNotFound,
    SubscriptionSnapshot,
)
from kernel.cause import Cause
from kernel.errors import CardDeclined
from services.billing.application.adoption import Adoption
from services.billing.application.observe_snapshot import Observations
from services.billing.application.settlement import Settlement
from services.billing.domain.account.state import Account
from services.billing.domain.errors import ChangeNotApplied, ChangeOvertaken, NotSubscribed

log = structlog.get_logger()
# Trying again alone does not help.
SETTLED_BY_PEOPLE = (
    CapabilityNotSupported,
    CardDeclined,
    ChangeNotApplied,
    ChangeOvertaken,
    CurrencyMismatch,
    GatewayNotConfigured,
    GatewayRejected,
    NotSubscribed,
    ReferenceNotFound,
)


@dataclass(frozen=True, slots=True)
class Reconcile:
    observations: Observations
    settlement: Settlement

    def __call__(self, workspace: str, session: str | None, cause: Cause) -> Account:
        """Safe on every page load: what a gateway does not answer for shows as it was last known
        (the doctor lists it), and a gateway that is down is told of. `session` is what the gateway
        appended to `success_url`; one that is not this workspace's is of no consequence."""
        account = self.observations.accounts.load(workspace).account
        if session and all(each.ref != session for each in account.checkouts.values()):
            self._adopt(workspace, session, cause)
        try:
            return self.settlement.settle(workspace, cause)
        except SETTLED_BY_PEOPLE as refusal:
            log.warning("not_reconciled", workspace=workspace, code=refusal.code)
            return self.observations.accounts.load(workspace).account

    def _adopt(self, workspace: str, session: str, cause: Cause) -> None:
        """A page whose record is not here, although the gateway says whose it is. Raises
        GatewayUnavailable when no gateway knows it and one did not answer."""
        silent: GatewayUnavailable | None = None
        for gateway in self.observations.gateways.values():
            try:
                page = gateway.checkouts.fetch(session)
                ref = page.subscription
                snapshot = gateway.subscriptions.fetch(ref) if ref is not None else None
            except (ReferenceNotFound, GatewayRejected):
                continue
            except GatewayUnavailable as failure:
                silent = failure
                continue
            if snapshot is not None and self._is_of(workspace, page, snapshot):
                self.observations.observe(workspace, snapshot, cause)
            return
        if silent is not None:
            raise silent

    def _is_of(
        self, workspace: str, page: CheckoutSnapshot, snapshot: SubscriptionSnapshot
    ) -> bool:
        if snapshot.workspace_id:
            return snapshot.workspace_id == workspace
        is_named = page.workspace_id == workspace
        return (
            is_named and Adoption(self.observations).workspace_of(snapshot, workspace) == workspace
        )
