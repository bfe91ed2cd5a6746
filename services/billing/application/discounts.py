"""The catalogue of discounts: one method per use case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import SlugTaken
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from services.billing.application.plans import Plans
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.discount.decide import decide_change, decide_create
from services.billing.domain.discount.state import DISCOUNT, Discount, discount_stream
from services.billing.domain.discount.terms import DiscountOffer
from services.billing.domain.errors import DiscountNotFound


class Discounts:
    """Whoever redeemed one keeps its terms, whatever becomes of the entry."""

    def __init__(self, store: EventStore, plans: Plans, clock: Clock) -> None:
        self._store = store
        self._plans = plans
        self._clock = clock

    @retry_conflicts
    def create(self, code: str, offer: DiscountOffer, cause: Cause) -> Discount:
        """Raises SlugTaken or PlanNotFound."""
        stream = self._stream(code)
        if stream.state is not None:
            raise SlugTaken(code=stream.state.code)
        self._check_plans(offer.plans)
        decided = decide_create(code, offer, self._clock())
        self._store.append(Change(stream, decided), cause=cause)
        return _existing(stream.after(decided))

    @retry_conflicts
    def change(self, code: str, change: dict[str, Any], cause: Cause) -> Discount:
        """Only what is given changes."""
        stream = self._stream(code)
        discount = _existing(stream)
        self._check_plans(change.get("plans", ()))
        decided = decide_change(discount, change, self._clock())
        self._store.append(Change(stream, decided), cause=cause)
        return _existing(stream.after(decided))

    def get(self, code: str) -> Discount:
        """Raises DiscountNotFound."""
        return _existing(self._stream(code))

    def given(self, code: str, agreed: AgreedPrice, gateway: str) -> GivenDiscount:
        """What the code takes off now. Raises DiscountNotFound or DiscountNotApplicable."""
        discount = self.get(code)
        return discount.offer.given(
            discount.code, agreed.plan, agreed.price, gateway, self._clock()
        )

    def _stream(self, code: str) -> Stream[Discount]:
        return self._store.load(DISCOUNT, discount_stream(code))

    def _check_plans(self, slugs: Iterable[str]) -> None:
        for slug in slugs:
            self._plans.get(slug)


def _existing(stream: Stream[Discount]) -> Discount:
    if stream.state is None:
        raise DiscountNotFound
    return stream.state
