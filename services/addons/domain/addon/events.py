"""What happens to an entry of the catalogue. Every event carries the whole entry after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernel.events import CreatedEvent, DomainEvent
from services.addons.domain.addon.entry import Entry


@dataclass(frozen=True, kw_only=True)
class AddonEvent(DomainEvent):
    entry: Entry


@dataclass(frozen=True, kw_only=True)
class AddonCreated(AddonEvent, CreatedEvent):
    TOPIC: ClassVar[str] = "addons.AddonCreated"


@dataclass(frozen=True, kw_only=True)
class AddonChanged(AddonEvent):
    TOPIC: ClassVar[str] = "addons.AddonChanged"
