"""The reconciler: pulls the live state in-band, so that the right plan shows without a webhook."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.port import Gateway, GatewayRejected, GatewayUnavailable, ReferenceNotFound
from kernel.cause import Cause
from services.billing.application.observations import Observations
from services.billing.application.settling import Settling
from services.billing.domain.account import Account


class Reconciling:
    def __init__(
        self, observations: Observations, settling: Settling, gateways: Mapping[str, Gateway]
    ) -> None:
        self._observations = observations
        self._settling = settling
        self._gateways = gateways

    def reconcile(self, workspace: str, session: str | None, cause: Cause) -> Account:
        """Safe on every page load. `session` is what the gateway appended to `success_url`; one
        that is not this workspace's is of no consequence."""
        account = self._observations.accounts.load(workspace).account
        if session and all(each.ref != session for each in account.checkouts.values()):
            self._adopt(workspace, session, cause)
        return self._settling.settle(workspace, cause)

    def _adopt(self, workspace: str, session: str, cause: Cause) -> None:
        """A page whose record is not here, although the gateway says whose it is. Raises
        GatewayUnavailable when no gateway knows it and one did not answer."""
        silent: GatewayUnavailable | None = None
        for gateway in self._gateways.values():
            try:
                ref = gateway.checkouts.fetch(session).subscription
                snapshot = gateway.subscriptions.fetch(ref) if ref is not None else None
            except (ReferenceNotFound, GatewayRejected):
                continue
            except GatewayUnavailable as failure:
                silent = failure
                continue
            if snapshot is not None and snapshot.workspace_id == workspace:
                self._observations.observe(workspace, snapshot, cause)
            return
        if silent is not None:
            raise silent
