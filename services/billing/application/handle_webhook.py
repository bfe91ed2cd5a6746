"""What a gateway's notification makes us do: fetch what it names, and observe that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from gateways.port import ReferenceNotFound, SubscriptionSnapshot
from kernel.cause import Cause
from runtime.messaging.inbox import InboxMessage
from services.billing.application.adoption import Adoption
from services.billing.application.hosted_checkouts import HostedCheckouts
from services.billing.application.observe_snapshot import Observations
from services.billing.application.settlement import Settlement
from services.billing.application.webhook_outcomes import WebhookOutcomes, cause_of
from services.billing.domain.account.schedule import is_unsettled
from services.billing.domain.errors import AccountUnknown

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HandleWebhook:
    outcomes: WebhookOutcomes
    observations: Observations
    hosted: HostedCheckouts
    settlement: Settlement

    @property
    def adoption(self) -> Adoption:
        return Adoption(self.observations)

    def __call__(self, message: InboxMessage) -> None:
        gateway, refs = message.source, message.facts["refs"]
        cause = cause_of(message)
        self.outcomes.received(message)
        if invoice := refs.get("invoice") or refs["charge"]:
            self._invoice(gateway, invoice, cause)
        told_at = datetime.fromisoformat(message.facts["occurred_at"])
        if refs["subscription"]:
            self._subscription(gateway, refs["subscription"], refs["workspace"], cause, told_at)
        elif refs["checkout"]:
            self._checkout(gateway, refs["checkout"], refs["workspace"], cause, told_at)
        elif refs["customer"] and not refs["charge"]:
            self._customer(gateway, refs["customer"], cause)

    def _subscription(
        self, gateway: str, ref: str, named: str, cause: Cause, told_at: datetime
    ) -> None:
        known = self.observations.accounts.workspace_of(gateway, ref)
        try:
            snapshot = self.observations.gateway(gateway).subscriptions.fetch(ref)
        except ReferenceNotFound:
            if known is not None:
                raise
            log.info("webhook_foreign", gateway=gateway, subscription=ref)
            return
        workspace = known or self._workspace_of(snapshot, named)
        if workspace is None:
            log.info("webhook_foreign", gateway=gateway, subscription=ref)
            return
        before = self.observations.accounts.find(workspace)
        after = self.observations.observe(workspace, snapshot, cause, told_at=told_at)
        if after != before or is_unsettled(after):
            self.settlement.settle_orphans(workspace, cause)

    def _invoice(self, gateway: str, ref: str, cause: Cause) -> None:
        workspace = self.settlement.observe_invoices.named(gateway, ref, cause)
        if workspace is not None:
            self.settlement.follow_invoices(workspace, cause)

    def _workspace_of(self, snapshot: SubscriptionSnapshot, named: str) -> str | None:
        """By the metadata of a checkout that we know; another installation may share the gateway's
        account. None for what another shop there sold, which knows nothing of us: neither
        metadata, nor a customer or price of ours. Raises AccountUnknown for the others."""
        if not snapshot.command_id:
            if self.adoption.is_foreign(snapshot):
                return None
            adopter = self.adoption.workspace_of(snapshot, named or snapshot.workspace_id)
            if adopter is None:
                raise AccountUnknown(gateway=snapshot.gateway, subscription=snapshot.ref)
            return adopter
        account = self.observations.accounts.find(snapshot.workspace_id)
        if account is None or snapshot.command_id not in account.checkouts:
            checkout = snapshot.command_id
            raise AccountUnknown(
                checkout_id=checkout, gateway=snapshot.gateway, subscription=snapshot.ref
            )
        return snapshot.workspace_id

    def _checkout(
        self, gateway: str, ref: str, named_workspace: str, cause: Cause, told_at: datetime
    ) -> None:
        """A page of ours, or one of an add-on, which is not our business."""
        accounts = self.observations.accounts
        workspace = accounts.workspace_of(gateway, ref) or named_workspace
        account = accounts.find(workspace) if workspace else None
        known = [each for each in account.checkouts.values() if each.ref == ref] if account else []
        if known:
            self.hosted.settle(workspace, known[0].id, cause)
            self.settlement.settle_orphans(workspace, cause)
            return
        try:
            seen = self.observations.gateway(gateway).checkouts.fetch(ref)
        except ReferenceNotFound:
            return
        if seen.subscription is not None:
            self._subscription(gateway, seen.subscription, seen.workspace_id, cause, told_at)

    def _customer(self, gateway: str, customer: str, cause: Cause) -> None:
        """Perhaps another payment method: the subscription shows it."""
        workspace = self.observations.accounts.workspace_of(gateway, customer)
        account = self.observations.accounts.find(workspace) if workspace else None
        live = account.live if account is not None else None
        if account is not None and live is not None and live.gateway == gateway and live.ref:
            self.observations.fetch_and_observe(account.workspace, gateway, live.ref, cause)
