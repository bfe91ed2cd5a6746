"""The one path by which a gateway's invoices become ours: fetched, then observed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from gateways.port import GatewayRejected, InvoiceSnapshot, ReferenceNotFound, RefundSnapshot
from kernel.cause import Cause
from services.billing.application.invoices import Invoices
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.records import Payer, answered
from services.billing.domain.account.schedule import DISPUTE_HORIZON
from services.billing.domain.account.state import Account

log = structlog.get_logger()
LATEST = 5


@dataclass(frozen=True, slots=True)
class ObserveInvoices:
    observations: Observations
    invoices: Invoices

    def named(
        self, gateway: str, ref: str, cause: Cause, given: RefundSnapshot | None = None
    ) -> str | None:
        """What a webhook names: an invoice, or a payment that may pay one; `given`: a refund of it
        that its gateway may not show for hours. The workspace whose it is; None where it is
        nobody's here: a subscription that is heard of later brings its invoices with it."""
        try:
            snapshot = self.observations.gateway(gateway).payments.fetch_invoice(ref)
        except ReferenceNotFound:
            return None
        if given is not None and given.ref not in {each.ref for each in snapshot.refunds}:
            snapshot = replace(snapshot, refunds=(*snapshot.refunds, given))
        workspace = self._owner(snapshot)
        if workspace is not None:
            self.invoices.observe(workspace, snapshot, cause)
        return workspace

    def of_account(self, account: Account, cause: Cause) -> None:
        """Of its present and its latest other subscriptions, whether they were superseded or have
        ended. A request for each, however many invoices there are; only what moved is read and
        written."""
        for payer in self.watched(account):
            try:
                snapshots = self.shown(payer)
            except (ReferenceNotFound, GatewayRejected) as refusal:
                log.warning("invoices_not_shown", workspace=account.workspace, code=refusal.code)
                continue
            for snapshot in self.invoices.moved(snapshots):
                self.invoices.observe(account.workspace, snapshot, cause)

    def shown(self, payer: Payer) -> list[InvoiceSnapshot]:
        """By its gateway, drafts left out."""
        gateway = self.observations.gateway(payer.gateway)
        listed = gateway.subscriptions.invoices(payer.customer, payer.ref)
        return [each for each in listed if each.status != "draft"]

    def _owner(self, snapshot: InvoiceSnapshot) -> str | None:
        """By reference; by metadata only where a command of ours made it."""
        accounts = self.observations.accounts
        for ref in (snapshot.subscription, snapshot.customer):
            known = accounts.workspace_of(snapshot.gateway, ref) if ref else None
            if known is not None:
                return known
        made_here = snapshot.subscription is None and snapshot.command_id
        if made_here and accounts.find(snapshot.workspace_id) is not None:
            return snapshot.workspace_id
        return None

    def watched(self, account: Account) -> list[Payer]:
        """Whose invoices may still move although no webhook tells."""
        since = self.observations.clock() - DISPUTE_HORIZON
        current = account.subscription.key if account.subscription is not None else ""
        payers = answered(account.payers, account.forgotten)
        return [
            payer
            for key, payer in list(payers.items())[-LATEST:]
            if payer.gateway in self.observations.gateways
            and (key == current or account.seen.get(key, since) >= since)
        ]
