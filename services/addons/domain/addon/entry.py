"""One add-on as the catalogue shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from kernel.errors import ValidationFailed
from kernel.ids import is_slug
from kernel.money import exponent

MOST_FEATURES = 8
LONGEST_FEATURE = 200
HIGHEST_PRICE = 99_999_999


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`features` are bullets, in order."""

    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: Sequence[str]
    sort_order: int
    is_active: bool

    def check(self) -> None:
        """Raises ValidationFailed."""
        if not is_slug(self.slug):
            raise ValidationFailed("The slug must be 1-64 lower-case letters, digits and hyphens.")
        if not 1 <= self.price_cents <= HIGHEST_PRICE:
            raise ValidationFailed(f"The price must be 1-{HIGHEST_PRICE} minor units.")
        if len(self.features) > MOST_FEATURES or any(
            not 1 <= len(feature) <= LONGEST_FEATURE for feature in self.features
        ):
            raise ValidationFailed(
                f"At most {MOST_FEATURES} features of 1-{LONGEST_FEATURE} characters each."
            )
        try:
            exponent(self.currency)
        except ValueError as error:
            raise ValidationFailed(f"{error}.", field="currency") from error


class Changes(TypedDict, total=False):
    """What of an entry may change. The slug may not."""

    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    is_active: bool
