"""Who pays, as invoices name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """`country` by ISO 3166, two letters."""

    country: str
    line1: str = ""
    line2: str = ""
    city: str = ""
    postal_code: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class TaxId:
    """`type` is Stripe's word: the country or union and what it calls the number."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class PayerDetails:
    """All of them: what is missing is not to be shown."""

    name: str = ""
    email: str | None = None
    address: Address | None = None
    tax_ids: tuple[TaxId, ...] = ()
