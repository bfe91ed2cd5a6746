"""Stripe's published test card numbers, and what each does on a page and when charged later.

Any other number is refused, so that nobody's real card is ever typed into a sandbox and kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kernel.month import Month

Answer = Literal["ok", "3ds", "card_declined", "insufficient_funds"]

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
INSUFFICIENT_FUNDS = "4000000000009995"
SECURE = "4000002500003155"
DECLINED_LATER = "4000000000000341"
SECURE_LATER = "4000002760003184"
EXPIRING = "5555555555554444"


@dataclass(frozen=True, slots=True)
class Card:
    """`on_page` while its holder is there, `later` when charged without them. `months`: how many
    after the present one it is good for."""

    number: str
    on_page: Answer
    later: Answer
    brand: str = "visa"
    months: int = 36

    @property
    def last4(self) -> str:
        return self.number[-4:]

    def expires(self, now: datetime) -> Month:
        """Its last month, when it is saved now."""
        years, month = divmod(now.month - 1 + self.months, 12)
        return Month(now.year + years, month + 1)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


CARDS: dict[str, Card] = {
    card.number: card
    for card in (
        Card(GOOD, "ok", "ok"),
        Card(DECLINED, "card_declined", "card_declined"),
        Card(INSUFFICIENT_FUNDS, "insufficient_funds", "insufficient_funds"),
        Card(SECURE, "3ds", "3ds"),
        Card(DECLINED_LATER, "ok", "card_declined"),
        Card(SECURE_LATER, "ok", "3ds"),
        Card(EXPIRING, "ok", "ok", brand="mastercard", months=0),
    )
}


def card(number: str) -> Card | None:
    """The test card of a number as people type it (blanks and hyphens allowed)."""
    return CARDS.get(number.replace(" ", "").replace("-", ""))
