"""One double of Stripe for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stripe_driver import StripeDriver, driver


@pytest.fixture
def opened() -> Iterator[StripeDriver]:
    with driver() as made:
        yield made
