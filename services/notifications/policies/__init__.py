"""What follows from the events of other services. Everything is written through the consumer's
cursor, so it commits with its position; nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contracts.envelope import Envelope
from kernel.clock import Clock
from runtime.postgres.database import Cursor
from services.notifications.application.people.notices import Planned
from services.notifications.application.workspace_states import WorkspaceStates
from services.notifications.policies.cards import plan_card_notices
from services.notifications.policies.migrations import plan_migration_notices
from services.notifications.policies.parked import Team, tell_of_parked
from services.notifications.policies.people import People, plan_notices
from services.notifications.policies.states import change_state

POLICIES = "notifications.policies"
FOLLOWED = ("billing", "metering", "addons")


def following(
    clock: Clock, past_due_days: int, team: str = ""
) -> Callable[[Cursor, Sequence[Envelope]], None]:
    """What the consumer does. Notices come first: they look at the state before the event. `team`
    is an address, empty where there is nobody to tell."""

    def follow(cursor: Cursor, events: Sequence[Envelope]) -> None:
        states = WorkspaceStates(cursor)
        people = People(cursor, Planned(cursor, clock()), states, past_due_days)
        ours = Team(cursor, team, clock())
        for event in events:
            tell_of_parked(ours, event)
            plan_notices(people, event)
            plan_migration_notices(people.planned, event)
            plan_card_notices(people.planned, event)
            change_state(states, event)

    return follow
