"""Brings an account in line with its gateways: what a crash, a lost answer or a lost webhook left
between intent and outcome. Every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gateways.port import ReferenceNotFound
from kernel.cause import Cause
from kernel.errors import DomainError
from services.billing.application.adjust_subscription import AdjustSubscription
from services.billing.application.cancel_subscription import CancelSubscription
from services.billing.application.end_unpaid import EndUnpaid
from services.billing.application.hosted_checkouts import HostedCheckouts
from services.billing.application.observe_invoices import ObserveInvoices
from services.billing.application.observe_snapshot import Observations
from services.billing.application.perform_change import PerformChange
from services.billing.application.refund_overlaps import RefundOverlaps
from services.billing.domain.account.convert_trial import decide_convert_trial
from services.billing.domain.account.forget import decide_forget
from services.billing.domain.account.local_trial import (
    decide_end_local_trial,
    decide_tell_trial_end,
)
from services.billing.domain.account.records import Orphan
from services.billing.domain.account.schedule import GONE_AFTER
from services.billing.domain.account.state import Account

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settlement:
    observations: Observations
    hosted: HostedCheckouts
    perform_change: PerformChange
    refund_overlaps: RefundOverlaps
    observe_invoices: ObserveInvoices
    end_unpaid: EndUnpaid
    adjust_subscription: AdjustSubscription
    cancel_subscription: CancelSubscription

    def settle(self, workspace: str, cause: Cause) -> Account:
        """Pulls the checkouts, the subscription and the invoices, finishes what was begun, ends
        and refunds what is paid twice. Raises the first error after everything else was tried; what
        concerns only orphans is left to the next time."""
        failures: list[Exception] = []
        account = self.observations.accounts.load(workspace).account
        for checkout in list(account.checkouts.values()):
            if checkout.may_be_paid:
                _collect(failures, lambda: self.hosted.settle(workspace, checkout.id, cause))  # noqa: B023
        _collect(failures, lambda: self._subscription(workspace, cause))
        _collect(failures, lambda: self._change(workspace, cause))
        self._end_orphans(workspace, cause)
        _collect(failures, lambda: self._invoices(workspace, cause))
        _collect(failures, lambda: self.end_unpaid(workspace, cause))
        _collect(failures, lambda: self._trial(workspace, cause))
        _collect(failures, lambda: self.adjust_subscription.end_pause(workspace, cause))
        _collect(failures, lambda: self.cancel_subscription.end(workspace, cause))
        _logged(workspace, lambda: self.follow_invoices(workspace, cause))
        if failures:
            raise failures[0]
        return self.observations.accounts.load(workspace).account

    def settle_orphans(self, workspace: str, cause: Cause) -> None:
        """Failures are logged: the sweep tries again until it is confirmed."""
        self._end_orphans(workspace, cause)
        _logged(workspace, lambda: self.settle_invoices(workspace, cause))

    def settle_invoices(self, workspace: str, cause: Cause) -> None:
        """Pulls the invoices, and does what they make due."""
        self._invoices(workspace, cause)
        self.follow_invoices(workspace, cause)

    def follow_invoices(self, workspace: str, cause: Cause) -> None:
        """What those that are known make due."""
        self._convert_trial(workspace, cause)
        self.refund_overlaps(workspace, cause)

    def _convert_trial(self, workspace: str, cause: Cause) -> None:
        accounts = self.observations.accounts
        account = accounts.find(workspace)
        if account is None or account.live is None or account.unpaid_trial is None:
            return
        known = self.observe_invoices.invoices
        paid = known.of_subscription(account.live.gateway or "", account.live.ref or "")
        if decide_convert_trial(account, paid):
            accounts.record(workspace, lambda found: decide_convert_trial(found, paid), cause)

    def _end_orphans(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        for orphan in account.orphans.values() if account is not None else ():
            if not orphan.confirmed:
                _logged(workspace, lambda: self._end(workspace, orphan, cause))  # noqa: B023

    def _invoices(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        if account is not None:
            self.observe_invoices.of_account(account, cause)

    def _subscription(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        live = account.live if account is not None else None
        if live is not None and live.gateway is not None and live.ref is not None:
            self.observations.fetch_and_observe(workspace, live.gateway, live.ref, cause)

    def _trial(self, workspace: str, cause: Cause) -> None:
        at = self.observations.clock()
        account = self.observations.accounts.find(workspace)
        for decide in (decide_tell_trial_end, decide_end_local_trial):
            if account is not None and decide(account, at):
                account = self.observations.accounts.record(
                    workspace,
                    lambda account: decide(account, at),  # noqa: B023 - called at once
                    cause,
                )

    def _change(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        if account is not None and account.change is not None:
            self.perform_change(workspace, account.change, cause)

    def _end(self, workspace: str, orphan: Orphan, cause: Cause) -> None:
        """What its gateway has not known for a while charges nobody."""
        at, gateway = self.observations.clock(), orphan.subscription.gateway or ""
        ref = orphan.subscription.ref or ""
        port = self.observations.gateway(gateway).subscriptions
        try:
            port.cancel(f"orphan:{ref}", ref, at_period_end=False)
            self.observations.fetch_and_observe(workspace, gateway, ref, cause)
        except ReferenceNotFound as refusal:
            if at - orphan.since < GONE_AFTER:
                raise
            reason = f"{refusal.code}: {refusal.text}"
            self.observations.accounts.record(
                workspace, lambda account: decide_forget(account, gateway, ref, reason, at), cause
            )


def _collect(failures: list[Exception], step: Callable[[], object]) -> None:
    """A fault of any kind in one step, ours too, keeps no other from being taken."""
    try:
        step()
    except Exception as failure:
        failures.append(failure)


def _logged(workspace: str, step: Callable[[], object]) -> None:
    try:
        step()
    except DomainError as failure:
        log.warning(
            "settlement_failed", workspace=workspace, code=failure.code, reason=failure.text
        )
    except Exception:
        log.exception("settlement_failed", workspace=workspace)
