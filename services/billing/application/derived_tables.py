"""What billing keeps beside its events, to find accounts, plans and invoices by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from kernel.decider import Decider
from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.process.derived import DerivedTables, Rows, Table, Values
from services.billing.application.accounts import references
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.state import Account, account_stream
from services.billing.domain.invoice.state import INVOICE, Invoice
from services.billing.domain.plan.state import PLAN, Plan, plan_stream

S = TypeVar("S")
# Of an account that was missing, all that a gateway says is looked at anew.
ACCOUNTS = Table(
    *("accounts", ("workspace",), ("version",)),
    {"seen": "'{}'", "next_check_at": "clock_timestamp()"},
)
OBJECTS = Table("gateway_objects", ("gateway", "ref"), ("workspace",))
PLANS = Table("plans", ("slug",), ("is_default",))
PRICES = Table("plan_prices", ("gateway", "price_ref"), ("slug",))
INVOICES = Table(
    "invoices",
    ("gateway", "ref"),
    ("workspace", "subscription", "status", "is_owed", "issued_at"),
)


class _Streams(Generic[S]):
    """The states of all streams whose names begin so. `changed` sees each after each event."""

    def __init__(
        self,
        publisher: Publisher[Any],
        decider: Decider[S],
        prefix: str,
        changed: Callable[[S], None] = lambda _: None,
    ) -> None:
        self._store = publisher.store
        self._decider = decider
        self._prefix = prefix
        self._changed = changed
        self.states: dict[str, tuple[S, int]] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for event in recorded:
            if event.stream.startswith(self._prefix):
                known = self.states[event.stream][0] if event.stream in self.states else None
                state = self._decider.evolve(known, self._store.decode(event))
                self.states[event.stream] = (state, event.version)
                self._changed(state)

    def __iter__(self) -> Iterator[tuple[S, int]]:
        return iter(self.states.values())


class AccountFold:
    def __init__(self, publisher: Publisher[Any]) -> None:
        self._accounts = _Streams(publisher, ACCOUNT, account_stream(""), self._note)
        self._objects: dict[Values, Values] = {}
        self.apply = self._accounts.apply

    def _note(self, account: Account) -> None:
        for reference in references(account):
            self._objects.setdefault(reference, (account.workspace,))

    def rows(self) -> Mapping[str, Rows]:
        accounts = {(each.workspace,): (version,) for each, version in self._accounts}
        return {ACCOUNTS.name: accounts, OBJECTS.name: self._objects}


class PlanFold:
    def __init__(self, publisher: Publisher[Any]) -> None:
        self._plans = _Streams[Plan](publisher, PLAN, plan_stream(""))
        self.apply = self._plans.apply

    def rows(self) -> Mapping[str, Rows]:
        plans: dict[Values, Values] = {}
        prices: dict[Values, Values] = {}
        for plan, _ in self._plans:
            plans[plan.slug,] = (plan.is_default,)
            for gateway, sold in plan.offers.sold.items():
                prices.update({(gateway, price): (plan.slug,) for price in sold})
        return {PLANS.name: plans, PRICES.name: prices}


class InvoiceFold:
    def __init__(self, publisher: Publisher[Any]) -> None:
        self._invoices = _Streams[Invoice](publisher, INVOICE, "invoice:")
        self.apply = self._invoices.apply

    def rows(self) -> Mapping[str, Rows]:
        return {
            INVOICES.name: {
                (each.gateway, each.ref): (
                    *(each.workspace, each.subscription),
                    *(each.status, each.is_owed, each.issued_at),
                )
                for each, _ in self._invoices
            }
        }


def derived_tables(positions: Positions) -> list[DerivedTables]:
    return [
        DerivedTables("billing.accounts", "billing", (ACCOUNTS, OBJECTS), AccountFold, positions),
        DerivedTables("billing.plans", "billing", (PLANS, PRICES), PlanFold, positions),
        DerivedTables("billing.invoices", "billing", (INVOICES,), InvoiceFold, positions),
    ]
