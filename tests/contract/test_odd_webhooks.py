"""Whatever a gateway signs is an event that can be kept: a refusal would end all notifications."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.port import VerifiedEvent
from kernel.clock import rfc3339
from kernel.text import is_line
from tests.support.gateway_driver import GatewayDriver
from tests.support.rounds import rounds

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
# Without Razorpay's `created_at`: what is signed and old is refused, as a replay.
NAMES = [
    *("id", "event", "event_type", "type", "created", "create_time", "data"),
    *("object", "payload", "entity", "resource", "subscription", "payment", "refund", "notes"),
    *("purchase_units", "subscriber", "payer", "supplementary_data", "metadata", "parent"),
]
NEARLY_AN_EVENT = st.recursive(
    SCALARS
    | st.sampled_from(["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.REFUNDED", "2026-11-20"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8)
    ),
    max_leaves=30,
)
SEVERAL = settings(
    max_examples=rounds(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def verified(driver: GatewayDriver, body: Any) -> VerifiedEvent:
    signed = driver.resign((json.dumps(body).encode(), {"x-razorpay-event-id": "evt_1"}))
    assert signed is not None
    return driver.gateway.webhooks.verify(*signed)


def assert_storable(event: VerifiedEvent) -> None:
    rfc3339(event.occurred_at)
    texts = [value for value in asdict(event).values() if isinstance(value, str)]
    assert all(is_line(text) and len(text) < 256 for text in texts)
    assert event.id
    assert event.type


class TestAnySignedBody:
    @SEVERAL
    @given(body=ANY_JSON)
    def test_is_an_event_that_can_be_kept(self, driver: GatewayDriver, body: Any) -> None:
        assert_storable(verified(driver, body))

    @SEVERAL
    @given(body=NEARLY_AN_EVENT)
    def test_that_is_nearly_an_event_can_be_kept_too(
        self, driver: GatewayDriver, body: Any
    ) -> None:
        assert_storable(verified(driver, body))
