"""Brings an account in line with its gateways: what a crash, a lost answer or a lost webhook left
between intent and outcome. Every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from gateways.port import (
    CapabilityNotSupported,
    Gateway,
    GatewayRejected,
    NeedsCheckout,
    ReferenceNotFound,
    Swapped,
)
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import DomainError
from services.billing.application.observations import Observations
from services.billing.application.pages import Pages
from services.billing.application.refunds import Refunds
from services.billing.domain.account import Account
from services.billing.domain.account_events import ChangeRequested

log = structlog.get_logger()
REFUSALS = (GatewayRejected, CapabilityNotSupported, ReferenceNotFound)


class Settling:
    def __init__(self, observations: Observations, pages: Pages, clock: Clock) -> None:
        self._observations = observations
        self._pages = pages
        self._refunds = Refunds(observations, clock)
        self._clock = clock

    def settle(self, workspace: str, cause: Cause) -> Account:
        """Pulls the checkouts and the subscription, finishes what was begun, ends and refunds
        what is paid twice. Raises the first gateway error after everything else was tried; what
        concerns only orphans is left to the next time."""
        failures: list[DomainError] = []
        account = self._observations.accounts.load(workspace).account
        for checkout in list(account.checkouts.values()):
            if checkout.may_be_paid:
                _collect(failures, lambda: self._pages.settle(workspace, checkout.id, cause))  # noqa: B023
        _collect(failures, lambda: self._subscription(workspace, cause))
        _collect(failures, lambda: self._change(workspace, cause))
        self.settle_orphans(workspace, cause)
        if failures:
            raise failures[0]
        return self._observations.accounts.load(workspace).account

    def settle_orphans(self, workspace: str, cause: Cause) -> None:
        """Failures are logged: the sweep tries again until it is confirmed."""
        account = self._observations.accounts.find(workspace)
        if account is None:
            return
        for orphan in account.orphans.values():
            gateway, ref = orphan.subscription.gateway, orphan.subscription.ref
            if not orphan.confirmed and gateway is not None and ref is not None:
                _logged(workspace, lambda: self._end(workspace, gateway, ref, cause))  # noqa: B023
        _logged(workspace, lambda: self._refunds.settle(workspace, cause))

    def perform(
        self, workspace: str, change: ChangeRequested, cause: Cause
    ) -> Account | NeedsCheckout:
        """Asks the gateway for a change whose intent is recorded, and records what came of it.
        A refusal is recorded and raised; while the end is unknown the intent stands."""
        gateway, command = self._observations.gateway(change.gateway), change.command_id
        try:
            outcome = _ask(gateway, change)
        except REFUSALS as refusal:
            self._refuse(workspace, command, f"{refusal.code}: {refusal.text}", cause)
            raise
        if isinstance(outcome, NeedsCheckout):
            self._refuse(workspace, command, "needs_checkout", cause)
            return outcome
        effective_at = outcome.effective_at if outcome is not None else None
        at, rules = self._clock(), gateway.capabilities
        return self._observations.observe(
            workspace,
            gateway.subscriptions.fetch(change.subscription_ref),
            cause,
            lambda account: account.confirm_change(command, rules, effective_at, at),
        )

    def _subscription(self, workspace: str, cause: Cause) -> None:
        account = self._observations.accounts.find(workspace)
        live = account.live if account is not None else None
        if live is not None and live.gateway is not None and live.ref is not None:
            self._observations.fetch_and_observe(workspace, live.gateway, live.ref, cause)

    def _change(self, workspace: str, cause: Cause) -> None:
        account = self._observations.accounts.find(workspace)
        if account is not None and account.change is not None:
            self.perform(workspace, account.change, cause)

    def _refuse(self, workspace: str, command: str, reason: str, cause: Cause) -> None:
        at = self._clock()
        self._observations.record(
            workspace, lambda account: account.refuse_change(command, reason, at), cause
        )

    def _end(self, workspace: str, gateway: str, ref: str, cause: Cause) -> None:
        self._observations.gateway(gateway).subscriptions.cancel(
            f"orphan:{ref}", ref, at_period_end=False
        )
        self._observations.fetch_and_observe(workspace, gateway, ref, cause)


def _ask(gateway: Gateway, change: ChangeRequested) -> Swapped | NeedsCheckout | None:
    command, ref = change.command_id, change.subscription_ref
    if change.kind == "cancel":
        gateway.subscriptions.cancel(command, ref, at_period_end=change.at_period_end)
    elif change.kind == "resume":
        gateway.subscriptions.resume(command, ref)
    elif change.deal is not None:
        return gateway.subscriptions.swap(
            command, ref, change.deal.price_ref, change.timing or "prorate"
        )
    return None


def _collect(failures: list[DomainError], step: Callable[[], object]) -> None:
    try:
        step()
    except DomainError as failure:
        failures.append(failure)


def _logged(workspace: str, step: Callable[[], object]) -> None:
    try:
        step()
    except DomainError as failure:
        log.warning("settling_failed", workspace=workspace, code=failure.code, reason=failure.text)
