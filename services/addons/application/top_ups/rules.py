"""The rules by which credits are bought."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateways.port import Gateway
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import PriceChanged
from kernel.ids import new_id
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from runtime.postgres.database import Cursor
from services.addons.application.catalogue import Catalogue
from services.addons.application.payment_methods import PaymentMethods
from services.addons.domain.errors import NoSavedMethod
from services.addons.domain.purchase.purchase import Buyer
from services.addons.domain.top_up.decide import decide_remove, decide_set
from services.addons.domain.top_up.events import Rule, TopUpEvent
from services.addons.domain.top_up.state import TOP_UPS, TopUp, stream_of

_KEEP = "INSERT INTO top_ups (workspace, meter) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_METERS = "SELECT meter FROM top_ups WHERE workspace = %s ORDER BY meter"
Decision = Callable[[TopUp | None, datetime], Sequence[TopUpEvent]]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`expected_…`: the price that was shown, where that was told."""

    addon: str
    below: int
    most_a_day: int
    most_a_month: int
    buyer: Buyer
    expected_price_cents: int | None = None
    expected_currency: str | None = None


class TopUpRules:
    def __init__(
        self,
        store: EventStore,
        catalogue: Catalogue,
        methods: PaymentMethods,
        gateways: Mapping[str, Gateway],
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._methods = methods
        self._gateways = gateways
        self._clock = clock

    def set(self, workspace: str, meter: str, wanted: Wanted, cause: Cause) -> TopUp:
        """Raises AddonNotFound, NoSavedMethod, PriceChanged and ValidationFailed."""
        entry = self._catalogue.find_for_sale(wanted.addon)
        expected = (wanted.expected_price_cents, wanted.expected_currency)
        costs = (entry.price_cents, entry.currency)
        if any(told not in (None, now) for told, now in zip(expected, costs, strict=True)):
            raise PriceChanged(price_cents=entry.price_cents, currency=entry.currency)
        if not self.charges(workspace):
            raise NoSavedMethod
        rule = Rule(
            rule_id=new_id("tup"),
            addon=entry.slug,
            below=wanted.below,
            most_a_day=wanted.most_a_day,
            most_a_month=wanted.most_a_month,
            price_cents=entry.price_cents,
            currency=entry.currency,
            buyer=wanted.buyer,
        )
        return self.decide(
            workspace,
            meter,
            lambda state, now: decide_set(state, workspace, meter, rule, entry, now),
            cause,
        )

    def remove(self, workspace: str, meter: str, cause: Cause) -> TopUp:
        """Raises TopUpNotFound."""
        return self.decide(workspace, meter, decide_remove, cause)

    def of(self, workspace: str) -> list[TopUp]:
        """Those that stand, by meter."""
        rows = self._store.database.rows(_METERS, (workspace,))
        found = (self.load(workspace, row["meter"]).state for row in rows)
        return [each for each in found if each is not None and each.rule is not None]

    def charges(self, workspace: str) -> bool:
        """Whether there is a saved method that its gateway charges without the payer."""
        saved = self._methods.of(workspace)
        gateway = self._gateways.get(saved.gateway) if saved else None
        return gateway is not None and gateway.capabilities.saved_method_charge

    def load(self, workspace: str, meter: str) -> Stream[TopUp]:
        return self._store.load(TOP_UPS, stream_of(workspace, meter))

    @retry_conflicts
    def decide(self, workspace: str, meter: str, decision: Decision, cause: Cause) -> TopUp:
        """Records what is decided, and says how the rule stands then."""
        stream = self.load(workspace, meter)
        decided = decision(stream.state, self._clock())

        def keep(cursor: Cursor) -> None:
            cursor.execute(_KEEP, (workspace, meter))

        if decided:
            self._store.append(Change(stream, decided), cause=cause, within=keep)
        return self.load(workspace, meter).state or TopUp(workspace, meter)
