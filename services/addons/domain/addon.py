"""One entry of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import singledispatchmethod
from typing import ClassVar, TypedDict

from kernel.aggregate import Aggregate
from kernel.errors import ValidationFailed
from kernel.events import DomainEvent
from kernel.ids import is_slug
from kernel.money import exponent
from services.addons.domain.events import AddonChanged, AddonCreated, Entry

MOST_FEATURES = 8
LONGEST_FEATURE = 200
HIGHEST_PRICE = 99_999_999


class Changes(TypedDict, total=False):
    """What of an entry may change. The slug may not."""

    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    is_active: bool


class Addon(Aggregate):
    TOPIC: ClassVar[str] = "addons.Addon"
    entry: Entry

    @staticmethod
    def stream(slug: str) -> str:
        return f"addon:{slug}"

    @classmethod
    def create(cls, entry: Entry, at: datetime) -> Addon:
        _check(entry)
        return cls._create(AddonCreated, id=cls.stream(entry.slug), timestamp=at, entry=entry)

    def change(self, changes: Changes, at: datetime) -> None:
        """Records nothing when all is as it was. Purchases already made keep their price."""
        changed = replace(self.entry, **changes)
        _check(changed)
        if changed != self.entry:
            self.trigger_event(AddonChanged, timestamp=at, entry=changed)

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, event: AddonCreated) -> None:
        self.entry = event.entry

    @apply.register
    def _(self, event: AddonChanged) -> None:
        self.entry = event.entry


def _check(entry: Entry) -> None:
    if not is_slug(entry.slug):
        raise ValidationFailed("The slug must be 1-64 lower-case letters, digits and hyphens.")
    if not 1 <= entry.price_cents <= HIGHEST_PRICE:
        raise ValidationFailed(f"The price must be 1-{HIGHEST_PRICE} minor units.")
    if len(entry.features) > MOST_FEATURES or any(
        not 1 <= len(feature) <= LONGEST_FEATURE for feature in entry.features
    ):
        raise ValidationFailed(
            f"At most {MOST_FEATURES} features of 1-{LONGEST_FEATURE} characters each."
        )
    try:
        exponent(entry.currency)
    except ValueError as error:
        raise ValidationFailed(f"{error}.", field="currency") from error
