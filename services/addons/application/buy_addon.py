"""Buying: the intent first, the money second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateways.port import Gateway, GatewayNotConfigured, GatewayUnavailable
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import PriceChanged
from kernel.ids import derived_id, new_id
from runtime.eventstore.store import retry_conflicts
from services.addons.application.catalogue import Catalogue
from services.addons.application.payment_methods import PaymentMethods
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.settlement import Charging, Settlement
from services.addons.domain.addon.entry import Entry
from services.addons.domain.purchase.purchase import Buyer, Purchase
from services.addons.domain.purchase.start import decide_start


@dataclass(frozen=True, kw_only=True)
class Order:
    """`key` makes a repeated request the same purchase (empty: every request is a new one).
    `gateway` None: where the workspace has a saved method, else the first that is configured.
    `expected_…`: the price that the buyer was shown, where that was told."""

    workspace: str
    addon: str
    buyer: Buyer
    key: str = ""
    gateway: str | None = None
    success_url: str | None = None
    cancel_url: str | None = None
    expected_price_cents: int | None = None
    expected_currency: str | None = None

    def purchase_id(self) -> str:
        if not self.key:
            return new_id("pur")
        return derived_id("pur", self.workspace, self.addon, self.buyer.subject, self.key)

    def require_price(self, entry: Entry) -> None:
        """Raises PriceChanged with what the add-on costs."""
        price, currency = self.expected_price_cents, self.expected_currency
        if price not in (None, entry.price_cents) or currency not in (None, entry.currency):
            raise PriceChanged(price_cents=entry.price_cents, currency=entry.currency)


@dataclass(frozen=True, slots=True)
class Purchasing:
    purchases: PurchaseRepository
    catalogue: Catalogue
    methods: PaymentMethods
    gateways: Mapping[str, Gateway]
    settlement: Settlement
    clock: Clock
    return_url: str

    def buy_addon(self, order: Order, cause: Cause) -> Purchase:
        """The purchase as paid, failed, or pending with its confirmation URL. Raises
        AddonAlreadyPurchased, AddonNotFound, PriceChanged, and GatewayUnavailable with the purchase
        id: then the sweep finds out whether it was charged, and so does the same request again."""
        purchase_id, charging = self._start(order, cause)
        try:
            return self.settlement.settle(purchase_id, cause, charging)
        except GatewayUnavailable as error:
            raise GatewayUnavailable(error.text, purchase_id=purchase_id) from error

    @retry_conflicts
    def _start(self, order: Order, cause: Cause) -> tuple[str, Charging]:
        purchase_id = order.purchase_id()
        stream = self.purchases.load(order.workspace, order.addon)
        if stream.state is not None and purchase_id in stream.state.purchases:
            return purchase_id, "if_unheard_of"
        started = decide_start(stream.state, self._intent(order, purchase_id))
        self.purchases.record(stream, started, cause)
        return purchase_id, "now"

    def _intent(self, order: Order, purchase_id: str) -> Purchase:
        entry = self.catalogue.find_for_sale(order.addon)
        order.require_price(entry)
        saved = self.methods.of(order.workspace)
        gateway = self._chosen(order.gateway, saved.gateway if saved else None)
        usable = saved if saved and saved.gateway == gateway.name else None
        charges = usable is not None and gateway.capabilities.saved_method_charge
        back = f"{self.return_url}?purchase={purchase_id}"
        return Purchase(
            purchase_id=purchase_id,
            workspace_id=order.workspace,
            addon=entry.slug,
            addon_name=entry.name,
            price_cents=entry.price_cents,
            currency=entry.currency,
            buyer=order.buyer,
            gateway=gateway.name,
            customer=usable.customer if usable else None,
            payment_method=usable.method if usable and charges else None,
            success_url=order.success_url or back,
            cancel_url=order.cancel_url or back,
            started_at=self.clock(),
            blocks=not entry.grants,
            grants=tuple(entry.grants),
        )

    def _chosen(self, wanted: str | None, saved: str | None) -> Gateway:
        if wanted is None:
            wanted = saved if saved in self.gateways else next(iter(self.gateways), None)
        if wanted is None or wanted not in self.gateways:
            raise GatewayNotConfigured(gateway=wanted)
        return self.gateways[wanted]
