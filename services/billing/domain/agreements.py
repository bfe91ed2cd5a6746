"""What was agreed to be paid, what is really charged, and with which card."""

from __future__ import annotations

from services.billing.domain import account_events as events
from services.billing.domain.account_state import AccountState
from services.billing.domain.errors import PriceUnknown
from services.billing.domain.subscription import Deal, Sight, Subscription, reference


class AgreeingAccount(AccountState):
    def _record_terms(self, sight: Sight, drawn: Subscription, deal: Deal) -> None:
        """A mismatch is noticed once, and another time when it becomes another one."""
        snapshot = sight.snapshot
        if drawn.price not in (deal.price, self.mismatches.get(sight.key)):
            self.trigger_event(
                events.PriceMismatchNoticed,
                timestamp=sight.at,
                gateway=snapshot.gateway,
                subscription_ref=snapshot.ref,
                agreed=deal.price,
                charged=drawn.price,
            )
        self._record_method(sight)

    def _record_method(self, sight: Sight) -> None:
        snapshot, saved = sight.snapshot, self.method
        method = snapshot.payment_method
        if method is None or snapshot.customer is None:
            return
        facts = (snapshot.gateway, snapshot.customer, method.ref)
        if saved is None or (saved.gateway, saved.customer, saved.ref) != facts:
            self.trigger_event(
                events.PaymentMethodSaved,
                timestamp=sight.at,
                gateway=snapshot.gateway,
                customer_ref=snapshot.customer,
                payment_method_ref=method.ref,
                brand=method.brand,
                last4=method.last4,
            )

    def _deal_of(self, sight: Sight) -> Deal:
        """What the account agreed to for this price, or the catalogue knows of it. A price that
        nobody knows is taken for a change of what was agreed."""
        snapshot, current = sight.snapshot, self.subscription
        known = self.deals.get(reference(snapshot.gateway, snapshot.price_ref)) or sight.deal
        if known is not None:
            return known
        if current is not None and current.is_at(snapshot.gateway, snapshot.ref):
            return Deal(plan=current.plan, price=current.price, price_ref=current.price_ref)
        if snapshot.command_id in self.checkouts:
            return self.checkouts[snapshot.command_id].deal
        raise PriceUnknown(gateway=snapshot.gateway, price=snapshot.price_ref)
