"""What history is checked against and explained by, in this installation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from deploy.audit.sealed import SealedCheck
from deploy.audit.states import stream_states
from deploy.tables import compared
from projections.audit_trail.auditing import Sources
from projections.audit_trail.findings import Finding
from projections.audit_trail.ledger import open_ledger
from projections.audit_trail.personal_data import PersonalData
from projections.revenue.queries import movement_of
from runtime.eventstore.recorder import RecordedEvent
from runtime.kafka import partition_of
from runtime.messaging.inbox import Inbox
from services.metering.application.accounts.explained import AccountDecisions
from services.metering.application.decisions import Decisions
from services.metering.application.recorder import UsageStore
from services.metering.application.turns import Turns

if TYPE_CHECKING:
    from deploy.composition import Composition


def audit_sources(composition: Composition) -> Sources:
    return Sources(
        publishers=lambda: composition.events.publishers,
        states=lambda stream: stream_states(composition.events.stores, stream),
        decision=partial(_decision, composition, Turns()),
        movement=lambda event: movement_of(composition.projections_database, event),
        personal_data=partial(_personal_data, composition),
        partition_of=partition_of,
        beside=partial(_beside, composition),
        derived=partial(compared, composition),
    )


def _decision(composition: Composition, turns: Turns, identifier: str) -> Mapping[str, Any]:
    store = cast(UsageStore, composition.events.stores["metering"])
    keys = composition.security.secrets.decision_keys
    if AccountDecisions.issued(identifier):
        of_meters = AccountDecisions(store.database, keys, turns)
        return of_meters.explain(of_meters.read(identifier))
    decisions = Decisions(store, keys, turns)
    return decisions.explain(decisions.read(identifier))


def _beside(
    composition: Composition, service: str, events: Sequence[RecordedEvent]
) -> Sequence[Finding]:
    billing = composition.events.stores["billing"]
    return SealedCheck(billing, _inbox(composition), composition.vault)(service, events)


@contextmanager
def _personal_data(composition: Composition, workspace: str) -> Iterator[PersonalData]:
    with open_ledger(composition.projections_database) as ledger:
        yield PersonalData(ledger, _inbox(composition), composition.vault, workspace)


def _inbox(composition: Composition) -> Inbox:
    return Inbox(composition.events.stores["billing"].database, composition.vault)
