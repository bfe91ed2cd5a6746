"""The catalogue of add-ons."""

from __future__ import annotations

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from services.addons.domain.addon.change import decide_change
from services.addons.domain.addon.create import decide_create
from services.addons.domain.addon.entry import Changes, Entry
from services.addons.domain.addon.state import ADDON, Addon, stream_of
from services.addons.domain.errors import AddonNotFound

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

    @retry_conflicts
    def create_addon(self, entry: Entry, cause: Cause) -> Entry:
        """Raises AddonSlugTaken."""
        stream = self._load(entry.slug)
        created = decide_create(stream.state, entry, self._clock())
        self._store.append(Change(stream, created), cause=cause)
        return entry

    @retry_conflicts
    def change_addon(self, slug: str, changes: Changes, cause: Cause) -> Entry:
        stream = self._load(slug)
        if stream.state is None:
            raise AddonNotFound(slug=slug)
        changed = decide_change(stream.state, changes, self._clock())
        if not changed:
            return stream.state.entry
        self._store.append(Change(stream, changed), cause=cause)
        return changed[-1].entry

    def find_for_sale(self, slug: str) -> Entry:
        """Raises AddonNotFound also when it is not active."""
        addon = self._load(slug).state
        if addon is None or not addon.entry.is_active:
            raise AddonNotFound(slug=slug)
        return addon.entry

    def entries(self, after: str, limit: int) -> list[Entry]:
        """Also those that are not for sale, by slug, behind the slug `after`."""
        names = self._store.streams(stream_of(""), stream_of(after), limit)
        found = [self._store.load(ADDON, name).state for name in names]
        return [addon.entry for addon in found if addon is not None]

    def seed(self) -> None:
        """What every installation begins with. An existing entry stays as it is."""
        if self._load(SEEDED.slug).state is None:
            self.create_addon(SEEDED, Cause("cli"))

    def _load(self, slug: str) -> Stream[Addon]:
        return self._store.load(ADDON, stream_of(slug))
