"""One add-on as the catalogue shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from kernel.errors import ValidationFailed
from kernel.events import added
from kernel.ids import is_slug
from kernel.money import exponent

MOST_FEATURES = 8
LONGEST_FEATURE = 200
HIGHEST_PRICE = 99_999_999
MOST_GRANTS = 10
LARGEST_GRANT = 2**53
LONGEST_DAYS = 3_650
Kind = Literal["service", "credits"]


@dataclass(frozen=True, kw_only=True)
class CreditGrant:
    """Units of a meter that a purchase grants; without an end they are there for ever."""

    meter: str
    amount: int
    expires_in_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`features` are bullets, in order. One of kind `credits` can be bought again and again; each
    purchase grants `grants`."""

    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: Sequence[str]
    sort_order: int
    is_active: bool
    kind: Kind = added("service")
    grants: Sequence[CreditGrant] = added(())

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
        self._check_grants()
        try:
            exponent(self.currency)
        except ValueError as error:
            raise ValidationFailed(f"{error}.", field="currency") from error

    def _check_grants(self) -> None:
        if (self.kind == "credits") != bool(self.grants):
            raise ValidationFailed("An add-on of kind credits has grants, and no other has.")
        if len({grant.meter for grant in self.grants}) < len(self.grants):
            raise ValidationFailed("Each meter is granted once.")


class Changes(TypedDict, total=False):
    """What of an entry may change. Slug and kind may not."""

    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    is_active: bool
    grants: Sequence[CreditGrant]
