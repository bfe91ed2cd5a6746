"""What follows from billing's events and from our own. Everything is written through the
consumer's cursor, so it commits with its position; nothing is sent or charged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from contracts.addons import AddonPaid
from contracts.billing import PaymentMethodSaved
from contracts.envelope import Envelope
from contracts.metering import CreditsLow
from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor
from runtime.process.derived import DerivedTables, Rows, Table, Values
from services.addons.application.payment_methods import PaymentMethods, SavedMethod
from services.addons.application.team_notifications.delivery import TeamNotifications
from services.addons.application.top_ups.ordering import LowCredits
from services.addons.domain.top_up.decide import Low


@dataclass(frozen=True, slots=True)
class Derived:
    """What policies write: all of it can be made again from the events."""

    methods: PaymentMethods
    notifications: TeamNotifications


def when_payment_method_saved(derived: Derived, cursor: Cursor, event: Envelope) -> None:
    saved = event.data
    if isinstance(saved, PaymentMethodSaved):
        method = SavedMethod(saved.gateway, saved.customer_ref, saved.payment_method_ref)
        derived.methods.remember(cursor, saved.workspace_id, method, event.sequence)


def when_addon_paid(derived: Derived, cursor: Cursor, event: Envelope) -> None:
    """The delivery team will be notified, once however often this is replayed; of credits there is
    nothing to deliver."""
    if isinstance(event.data, AddonPaid) and not event.data.purchase.grants:
        derived.notifications.enqueue(cursor, event.data.purchase.purchase_id)


POLICIES: Mapping[str, Callable[[Derived, Cursor, Envelope], None]] = {
    PaymentMethodSaved.TYPE: when_payment_method_saved,
    AddonPaid.TYPE: when_addon_paid,
}


def when_credits_low(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """It is noted; what a rule makes of it is decided later."""
    for event in events:
        told = event.data
        if isinstance(told, CreditsLow):
            low = Low(told.low_id, told.rule_id, event.time)
            LowCredits(low, told.workspace_id, told.meter).write(cursor)


def follow(derived: Derived, cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        policy = POLICIES.get(event.type)
        if policy is not None:
            policy(derived, cursor, event)


# Of one that was missing it is looked again whether it is to be answered.
LOW = Table("top_ups_due", ("low_id",), ("workspace", "meter", "rule_id", "said_at"))
# Stored under its published name without the version; the others of that log are many.
LOW_TOPIC = CreditsLow.TYPE.rpartition(".")[0]
METHODS = Table("payment_methods", ("workspace",), ("gateway", "customer", "method", "sequence"))
PAGES = Table("pages", ("purchase_id",))


class _Published:
    """One table by the published events of a log."""

    def __init__(self, table: Table, publisher: Publisher[Any]) -> None:
        self._table = table
        self._publisher = publisher
        self._rows: dict[Values, Values] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for event in recorded:
            published = self._publisher.publish(self._publisher.store, event)
            self._take_in(published.data, event.sequence)

    def _take_in(self, fact: object, sequence: int) -> None:
        if isinstance(fact, PaymentMethodSaved):
            names = (fact.gateway, fact.customer_ref, fact.payment_method_ref)
            self._rows[fact.workspace_id,] = (*names, sequence)
        elif isinstance(fact, AddonPaid) and not fact.purchase.grants:
            self._rows[fact.purchase.purchase_id,] = ()

    def rows(self) -> Mapping[str, Rows]:
        return {self._table.name: self._rows}


class _Low:
    """What metering said of credits that run low."""

    def __init__(self, publisher: Publisher[Any]) -> None:
        self._publisher = publisher
        self._rows: dict[Values, Values] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for event in recorded:
            if event.topic == LOW_TOPIC:
                told = self._publisher.publish(self._publisher.store, event)
                low = told.data
                facts = (low.workspace_id, low.meter, low.rule_id, told.time)
                self._rows.setdefault((low.low_id,), facts)

    def rows(self) -> Mapping[str, Rows]:
        return {LOW.name: self._rows}


def heard_of_metering(positions: Positions, consumer: str) -> DerivedTables:
    return DerivedTables("addons.top_ups_due", "metering", (LOW,), _Low, positions, consumer)


def copied_tables(positions: Positions, consumer: str) -> list[DerivedTables]:
    """What the policies write."""
    return [
        DerivedTables(
            *("addons.payment_methods", "billing", (METHODS,), partial(_Published, METHODS)),
            *(positions, consumer),
        ),
        DerivedTables(
            *("addons.pages", "addons", (PAGES,), partial(_Published, PAGES), positions, consumer)
        ),
    ]
