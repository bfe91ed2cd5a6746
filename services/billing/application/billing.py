"""All use cases of accounts, put together once."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.port import Gateway
from kernel.clock import Clock
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.messaging.inbox import Inbox
from services.billing.application.accounts import Accounts
from services.billing.application.checkouts import Checkouts
from services.billing.application.doctor import Doctor
from services.billing.application.erasing import Erasing
from services.billing.application.notifications import Notifications
from services.billing.application.observations import Observations
from services.billing.application.pages import Pages
from services.billing.application.plans import Plans
from services.billing.application.reconciling import Reconciling
from services.billing.application.settling import Settling
from services.billing.application.subscriptions import Subscriptions
from services.billing.application.sweeping import Sweeping
from services.billing.application.workspaces import Workspaces


class Billing:
    def __init__(
        self,
        store: EventStore,
        plans: Plans,
        gateways: Mapping[str, Gateway],
        vault: Vault,
        clock: Clock,
        inbox: Inbox | None = None,
    ) -> None:
        self.plans = plans
        self.gateways = gateways
        self.inbox = inbox or Inbox(store.database, vault)
        self.accounts = Accounts(store, clock)
        self.observations = Observations(self.accounts, plans, gateways, clock)
        self.pages = Pages(self.observations, plans, clock)
        self.settling = Settling(self.observations, self.pages, clock)
        self.checkouts = Checkouts(self.observations, plans, self.pages, clock)
        self.subscriptions = Subscriptions(self.observations, self.settling, self.checkouts, clock)
        self.workspaces = Workspaces(self.observations, plans, vault, clock)
        self.reconciling = Reconciling(self.observations, self.settling, gateways)
        self.notifications = Notifications(
            self.inbox, store, self.observations, self.pages, self.settling, clock
        )
        self.erasing = Erasing(store, vault, self.inbox, clock)
        self.sweeping = Sweeping(self.accounts, self.settling, gateways, clock)
        self.doctor = Doctor(self.observations, self.settling, gateways, self.inbox)
