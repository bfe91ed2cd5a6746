"""The catalogue of add-ons."""

from __future__ import annotations

from eventsourcing.persistence import RecordConflictError

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore, retry_conflicts
from services.addons.domain.addon import Addon, Changes
from services.addons.domain.errors import AddonNotFound, AddonSlugTaken
from services.addons.domain.events import Entry

SEEDED = Entry(
    slug="professional-ai-setup",
    name="Professional AI set-up",
    price_cents=49_900,
    currency="EUR",
    description="Our team sets up your assistant with you: knowledge, tone and hand-over.",
    features=[
        "Kick-off call with a specialist",
        "Import and clean-up of your knowledge sources",
        "Tone of voice and escalation rules",
        "Test run with real questions before launch",
    ],
    sort_order=10,
    is_active=False,
)


class Catalogue:
    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create_addon(self, entry: Entry, cause: Cause) -> Entry:
        """Raises AddonSlugTaken."""
        if self._find(entry.slug) is not None:
            raise AddonSlugTaken(slug=entry.slug)
        try:
            self._store.save(Addon.create(entry, self._clock()), cause=cause)
        except RecordConflictError:
            raise AddonSlugTaken(slug=entry.slug) from None
        return entry

    @retry_conflicts
    def change_addon(self, slug: str, changes: Changes, cause: Cause) -> Entry:
        addon = self._find(slug)
        if addon is None:
            raise AddonNotFound(slug=slug)
        addon.change(changes, self._clock())
        if addon.pending_events:
            self._store.save(addon, cause=cause)
        return addon.entry

    def find_for_sale(self, slug: str) -> Entry:
        """Raises AddonNotFound also when it is not active."""
        addon = self._find(slug)
        if addon is None or not addon.entry.is_active:
            raise AddonNotFound(slug=slug)
        return addon.entry

    def seed(self) -> None:
        """What every installation begins with. An existing entry stays as it is."""
        if self._find(SEEDED.slug) is None:
            self.create_addon(SEEDED, Cause("cli"))

    def _find(self, slug: str) -> Addon | None:
        return self._store.find(Addon, Addon.stream(slug))
