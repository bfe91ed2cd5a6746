"""All use cases of accounts, put together once."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.port import Gateway
from kernel.clock import Clock
from kernel.errors import DomainError
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.messaging.inbox import Inbox
from runtime.process.failed_items import FailedItems
from services.billing.application.accounts import Accounts
from services.billing.application.adjust_subscription import AdjustSubscription
from services.billing.application.adopt_subscription import AdoptSubscription
from services.billing.application.assign_plan import AssignPlan
from services.billing.application.billing_profile import BillingProfile
from services.billing.application.cancel_subscription import CancelSubscription
from services.billing.application.change_settings import ChangeSettings
from services.billing.application.change_subscription import ChangeSubscription
from services.billing.application.cutover.ledger import CutoverLedger
from services.billing.application.cutover.take_over import TakeOver
from services.billing.application.discounts import Discounts
from services.billing.application.doctor import Doctor
from services.billing.application.end_unpaid import EndUnpaid
from services.billing.application.erase_workspace import EraseWorkspace
from services.billing.application.forget_reference import ForgetReference
from services.billing.application.handle_webhook import HandleWebhook
from services.billing.application.hosted_checkouts import HostedCheckouts
from services.billing.application.invoices import Invoices
from services.billing.application.list_invoices import ListInvoices
from services.billing.application.make_refund import MakeRefund
from services.billing.application.observe_invoices import ObserveInvoices
from services.billing.application.observe_snapshot import Observations
from services.billing.application.open_portal import OpenPortal
from services.billing.application.perform_change import PerformChange
from services.billing.application.plan_migrations.announce import Announce
from services.billing.application.plan_migrations.ledger import MigrationLedger
from services.billing.application.plan_migrations.manage import ManageMigrations
from services.billing.application.plan_migrations.move import MoveSubscribers
from services.billing.application.plans import Plans
from services.billing.application.read_inbox import ReadInbox
from services.billing.application.receive_webhook import ReceiveWebhook, Receiving
from services.billing.application.reconcile import Reconcile
from services.billing.application.refund_invoice import RefundInvoice
from services.billing.application.refund_overlaps import RefundOverlaps
from services.billing.application.resume_subscription import ResumeSubscription
from services.billing.application.retry_webhook import RetryWebhook
from services.billing.application.set_overrides import SetOverrides
from services.billing.application.settlement import Settlement
from services.billing.application.start_checkout import StartCheckout
from services.billing.application.swap_plan import SwapPlan
from services.billing.application.sweep import Sweep
from services.billing.application.trial_payers import TrialPayers
from services.billing.application.webhook_outcomes import WebhookOutcomes
from services.billing.domain.account.abilities import abilities
from services.billing.domain.account.adjust import Adjustment
from services.billing.domain.account.state import Account

PAST_DUE_DAYS = 21


class Billing:
    def __init__(
        self,
        store: EventStore,
        plans: Plans,
        gateways: Mapping[str, Gateway],
        vault: Vault,
        clock: Clock,
        inbox: Inbox | None = None,
        past_due_days: int = PAST_DUE_DAYS,
        trials_once_per_payer: bool = False,
    ) -> None:
        self.plans, self.gateways, self.clock = plans, gateways, clock
        self.discounts, self.invoices = Discounts(store, plans, clock), Invoices(store)
        self.inbox = inbox or Inbox(store.database, vault)
        self.accounts = accounts = Accounts(store, clock)
        self.observations = observations = self._observing(trials_once_per_payer)
        self.billing_profile = BillingProfile(observations, vault, clock)
        hosted = HostedCheckouts(observations, plans, clock, self.billing_profile.of)
        change = ChangeSubscription(observations, PerformChange(observations, clock), clock)
        self.settlement = self._settlement(hosted, change, past_due_days)
        self.start_checkout = self._checkouts(hosted)
        self.cancel_subscription = self.settlement.cancel_subscription
        self.resume_subscription = ResumeSubscription(change)
        self.swap_plan = SwapPlan(change, self.start_checkout, plans, self.invoices)
        self.adopt_subscription = AdoptSubscription(observations)
        self.assign_plan = AssignPlan(accounts, plans, clock)
        self.set_overrides = SetOverrides(accounts, clock)
        self.change_settings = ChangeSettings(accounts, vault, clock)
        self.forget_reference = ForgetReference(observations, clock)
        self.refund_invoice = RefundInvoice(self.settlement.refund_overlaps.make_refund, clock)
        self.open_portal = OpenPortal(observations)
        self.list_invoices = ListInvoices(observations)
        self.reconcile = Reconcile(observations, self.settlement)
        receiving, outcomes = Receiving(), WebhookOutcomes(store, clock)
        self.receive_webhook = ReceiveWebhook(self.inbox, observations, receiving)
        self.read_inbox = self._inbox_reader(hosted, receiving, outcomes)
        self.retry_webhook = RetryWebhook(self.inbox, outcomes)
        self.erase_workspace = EraseWorkspace(store, vault, self.inbox, clock)
        self.sweep = Sweep(accounts, self.settlement, gateways, clock)
        self.doctor = Doctor(observations, self.settlement, gateways, self.inbox)

    @property
    def take_over(self) -> TakeOver:
        ledger = CutoverLedger(self.accounts.store.database)
        observe = self.settlement.observe_invoices
        return TakeOver(self.plans, self.adopt_subscription, observe, ledger)

    @property
    def plan_migrations(self) -> ManageMigrations:
        store = self.accounts.store
        ledger = MigrationLedger(store.database)
        return ManageMigrations(store, self.observations, self.plans, ledger, self.clock)

    @property
    def move_subscribers(self) -> MoveSubscribers:
        announce = Announce(self.observations, self.plans)
        failed = FailedItems(self.accounts.store.database)
        return MoveSubscribers(self.plan_migrations, announce, self.swap_plan, failed)

    @property
    def adjust_subscription(self) -> AdjustSubscription:
        return self.settlement.adjust_subscription

    def _observing(self, trials_once_per_payer: bool) -> Observations:
        payers = TrialPayers(self.accounts, self.clock) if trials_once_per_payer else None
        return Observations(self.accounts, self.plans, self.gateways, self.clock, payers)

    def _checkouts(self, hosted: HostedCheckouts) -> StartCheckout:
        observations, clock = self.observations, self.clock
        payers = observations.trial_payers
        return StartCheckout(observations, self.plans, hosted, clock, self.discounts, payers)

    def abilities_of(self, account: Account) -> Mapping[str, DomainError | None]:
        """By command the refusal that it would meet now; nothing where no gateway charges."""
        current = account.subscription
        gateway = self.gateways.get(current.gateway or "") if current is not None else None
        if gateway is None:
            return {}
        return abilities(account, Adjustment("", gateway.capabilities, self.clock()))

    def _inbox_reader(
        self, hosted: HostedCheckouts, receiving: Receiving, outcomes: WebhookOutcomes
    ) -> ReadInbox:
        handle_webhook = HandleWebhook(outcomes, self.observations, hosted, self.settlement)
        return ReadInbox(self.inbox, handle_webhook, receiving, outcomes)

    def _settlement(
        self, hosted: HostedCheckouts, change: ChangeSubscription, past_due_days: int
    ) -> Settlement:
        observations, clock, perform_change = self.observations, self.clock, change.perform_change
        observe_invoices = ObserveInvoices(observations, self.invoices)
        make_refund = MakeRefund(observations, observe_invoices, clock)
        return Settlement(
            *(observations, hosted, perform_change),
            RefundOverlaps(observations, self.invoices, make_refund, clock),
            observe_invoices,
            EndUnpaid(perform_change, self.invoices, self.plans, clock, past_due_days),
            AdjustSubscription(change, self.plans, self.discounts),
            CancelSubscription(change),
        )
