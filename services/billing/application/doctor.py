"""Compares what the gateways say, what the events say and what the read model shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from gateways.port import Gateway, SubscriptionSnapshot
from kernel.cause import Cause
from kernel.errors import DomainError
from runtime.messaging.inbox import Inbox
from services.billing.application.adopt_subscription import AdoptSubscription
from services.billing.application.adoption import Adoption
from services.billing.application.findings import (
    Finding,
    Report,
    Row,
    differences,
    of_read_model,
    unfinished,
)
from services.billing.application.money_findings import money_findings
from services.billing.application.observe_snapshot import Observations
from services.billing.application.settlement import Settlement
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import ENDED, reference

CLI = Cause("cli", "doctor", "doctor")
StoredRow = Callable[[str], Row | None]
Seen = dict[str, list[SubscriptionSnapshot]]


class Doctor:
    """Looks only, unless it is told to repair: then what a gateway says is observed like any
    snapshot, so that every correction is an event. `stored_row` reads the read model's row of a
    workspace; a read model that differs is rebuilt by other means."""

    def __init__(
        self,
        observations: Observations,
        settlement: Settlement,
        gateways: Mapping[str, Gateway],
        inbox: Inbox,
    ) -> None:
        self._observations = observations
        self._settlement = settlement
        self._gateways = gateways
        self._inbox = inbox

    def examine(
        self,
        stored_row: StoredRow | None = None,
        *,
        repair: bool = False,
        cause: Cause = CLI,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Report:
        """`progress` is told each workspace that was looked at."""
        report = Report()
        seen = self._snapshots(report)
        accounts = self._observations.accounts
        for workspace in accounts.all():
            report.accounts += 1
            try:
                found = self._examined(workspace, seen.pop(workspace, []), cause, repair)
                known = accounts.find(workspace)
                if stored_row is not None and known is not None:
                    found += of_read_model(known, stored_row(workspace))
            except Exception as error:
                told = f"{type(error).__name__}: {error}"
                found = [Finding("not_examined", workspace, theirs=told)]
            report.findings += found
            progress(workspace)
        for workspace, snapshots in seen.items():
            report.findings += self._unheard_of(workspace, snapshots, cause, repair)
        report.findings += list(self._parked(repair=repair))
        return report

    def _examined(
        self, workspace: str, snapshots: list[SubscriptionSnapshot], cause: Cause, repair: bool
    ) -> list[Finding]:
        account = self._observations.accounts.load(workspace).account
        found = list(self._of_account(account, snapshots))
        return self._repaired(account, snapshots, found, cause) if repair and found else found

    def _snapshots(self, report: Report) -> Seen:
        """By workspace; some of them nobody has heard of here."""
        seen: Seen = {}
        for name, gateway in self._gateways.items():
            try:
                for snapshot in gateway.subscriptions.list_all():
                    report.subscriptions += 1
                    seen.setdefault(self._owner(snapshot), []).append(snapshot)
            except DomainError as failure:
                report.findings.append(
                    Finding("gateway_unreachable", gateway=name, theirs=failure.code)
                )
        return seen

    def _owner(self, snapshot: SubscriptionSnapshot) -> str:
        """Empty where nobody here is known to be."""
        known = self._observations.accounts.workspace_of(snapshot.gateway, snapshot.ref)
        if known or snapshot.command_id or snapshot.status in ENDED:
            return known or snapshot.workspace_id
        adoption = Adoption(self._observations)
        return adoption.workspace_of(snapshot, snapshot.workspace_id) or ""

    def _of_account(
        self, account: Account, snapshots: list[SubscriptionSnapshot]
    ) -> Iterator[Finding]:
        yield from self._against_gateways(account, snapshots)
        live, at_gateways = account.live, {reference(s.gateway, s.ref) for s in snapshots}
        if live is not None and live.key not in at_gateways:
            yield Finding(
                "missing_at_gateway", account.workspace, live.gateway or "", live.ref or ""
            )
        charging = [s for s in snapshots if s.status not in ENDED and s.status != "pending"]
        for extra in charging if len(charging) > 1 else []:
            yield Finding(
                "double_subscription",
                account.workspace,
                extra.gateway,
                extra.ref,
                theirs=extra.raw_status,
            )
        yield from unfinished(account)
        yield from money_findings(account, self._settlement.observe_invoices)

    def _against_gateways(
        self, account: Account, snapshots: list[SubscriptionSnapshot]
    ) -> Iterator[Finding]:
        """What observing would change, tried on a copy that nobody saves."""
        for snapshot in snapshots:
            named = (account.workspace, snapshot.gateway, snapshot.ref)
            try:
                after = self._observations.foresee(account.workspace, snapshot)
            except DomainError as failure:
                yield Finding("unknown_subscription", *named, theirs=failure.code)
                continue
            for difference in differences(account.subscription, after.subscription):
                yield Finding("gateway_differs", *named, *difference)

    def _repaired(
        self,
        account: Account,
        snapshots: list[SubscriptionSnapshot],
        found: list[Finding],
        cause: Cause,
    ) -> list[Finding]:
        """What is found no more afterwards was repaired."""
        workspace = account.workspace
        # What has ended makes room for what a database lost that was restored.
        for snapshot in sorted(snapshots, key=lambda each: each.status not in ENDED):
            with suppress(DomainError):
                self._observations.observe(workspace, snapshot, cause)
        with suppress(DomainError):
            self._settlement.settle(workspace, cause)
        fresh = [self._again(snapshot) for snapshot in snapshots]
        left = set(self._of_account(self._observations.accounts.load(workspace).account, fresh))
        return [replace(finding, repaired=finding not in left) for finding in found]

    def _unheard_of(
        self, workspace: str, snapshots: list[SubscriptionSnapshot], cause: Cause, repair: bool
    ) -> list[Finding]:
        """Of a workspace that nobody here knows: what a restored database lost is taken back. What
        is not sold here is another installation's, or another shop's."""
        found = []
        for snapshot in snapshots:
            if snapshot.status in ENDED:
                continue
            named = (snapshot.workspace_id, snapshot.gateway, snapshot.ref)
            taken = repair and self._is_taken_back(workspace, snapshot, cause)
            status = snapshot.raw_status
            found.append(Finding("unknown_subscription", *named, theirs=status, repaired=taken))
        return found

    def _is_taken_back(self, workspace: str, snapshot: SubscriptionSnapshot, cause: Cause) -> bool:
        """False where nothing of it was recorded: it is not ours, nobody pays for it yet, or it is
        the second one of its workspace."""
        ours = snapshot.command_id and self._observations.plans.sold(snapshot) is not None
        if not workspace or not ours or snapshot.status == "pending":
            return False
        try:
            account = AdoptSubscription(self._observations).shown(workspace, snapshot, cause)
        except DomainError:
            return False
        with suppress(DomainError):
            self._settlement.settle(workspace, cause)
        return account.live is not None and account.live.is_at(snapshot.gateway, snapshot.ref)

    def _again(self, snapshot: SubscriptionSnapshot) -> SubscriptionSnapshot:
        try:
            return self._gateways[snapshot.gateway].subscriptions.fetch(snapshot.ref)
        except DomainError:
            return snapshot

    def _parked(self, *, repair: bool) -> Iterator[Finding]:
        """Repairing reads them again, from the first attempt."""
        for message in self._inbox.parked():
            again = repair and self._inbox.reopen(message.source, message.id)
            yield Finding(
                "parked_webhook",
                gateway=message.source,
                ref=message.id,
                theirs=message.last_error,
                repaired=again,
            )
