"""The one path by which a gateway's invoices become ours: fetched, then observed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateways.port import InvoiceSnapshot, ReferenceNotFound
from kernel.cause import Cause
from services.billing.application.invoices import Invoices
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.schedule import DISPUTE_HORIZON
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription

ORPHANS = 3


@dataclass(frozen=True, slots=True)
class ObserveInvoices:
    observations: Observations
    invoices: Invoices

    def named(self, gateway: str, ref: str, cause: Cause) -> str | None:
        """What a webhook names: an invoice, or a payment that may pay one. The workspace whose it
        is; None where it is nobody's here: a subscription that is heard of later brings its
        invoices with it."""
        try:
            snapshot = self.observations.gateway(gateway).payments.fetch_invoice(ref)
        except ReferenceNotFound:
            return None
        workspace = self._owner(snapshot)
        if workspace is not None:
            self.invoices.observe(workspace, snapshot, cause)
        return workspace

    def of_account(self, account: Account, cause: Cause) -> None:
        """Of its present and its latest superseded subscriptions. A request for each, however many
        invoices there are; only what moved is read and written."""
        for subscription in self._watched(account):
            self.of_subscription(account.workspace, subscription, cause)

    def of_subscription(self, workspace: str, subscription: Subscription, cause: Cause) -> None:
        for snapshot in self.invoices.moved(self.shown(subscription)):
            self.invoices.observe(workspace, snapshot, cause)

    def shown(self, subscription: Subscription) -> list[InvoiceSnapshot]:
        """By its gateway, drafts left out."""
        gateway = self.observations.gateway(subscription.gateway or "")
        listed = gateway.subscriptions.invoices(subscription.customer, subscription.ref)
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

    def _watched(self, account: Account) -> Iterator[Subscription]:
        since = self.observations.clock() - DISPUTE_HORIZON
        current = account.subscription
        if current is not None and current.ref and (current.ended_at or since) >= since:
            yield current
        orphans = sorted(account.orphans.values(), key=lambda each: each.since, reverse=True)
        yield from (each.subscription for each in orphans[:ORPHANS] if each.since >= since)
