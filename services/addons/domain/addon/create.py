"""A new entry of the catalogue."""

from __future__ import annotations

from datetime import datetime

from services.addons.domain.addon.entry import Entry
from services.addons.domain.addon.events import AddonCreated
from services.addons.domain.addon.state import Addon
from services.addons.domain.errors import AddonSlugTaken


def decide_create(addon: Addon | None, entry: Entry, at: datetime) -> list[AddonCreated]:
    if addon is not None:
        raise AddonSlugTaken(slug=entry.slug)
    entry.check()
    return [AddonCreated(timestamp=at, entry=entry)]
