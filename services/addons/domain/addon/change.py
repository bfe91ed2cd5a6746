"""A change of an entry of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.addon.entry import Changes
from services.addons.domain.addon.events import AddonChanged
from services.addons.domain.addon.state import Addon


def decide_change(addon: Addon, changes: Changes, at: datetime) -> list[AddonChanged]:
    """Nothing when all is as it was. Purchases already made keep their price."""
    changed = replace(addon.entry, **changes)
    changed.check()
    return [AddonChanged(timestamp=at, entry=changed)] if changed != addon.entry else []
