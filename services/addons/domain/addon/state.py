"""What the events of an add-on make of it."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.addons.domain.addon.entry import Entry
from services.addons.domain.addon.events import AddonEvent


@dataclass(frozen=True, slots=True)
class Addon:
    entry: Entry


def evolve(_: Addon | None, event: DomainEvent) -> Addon:
    if not isinstance(event, AddonEvent):
        raise TypeError(f"{type(event).__name__} is no event of an add-on")
    return Addon(event.entry)


ADDON = Decider("addons.Addon", evolve)


def stream_of(slug: str) -> str:
    return f"addon:{slug}"
