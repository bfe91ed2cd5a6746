"""Each list of money waits for the position that its caller names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.invoices import http as invoices
from projections.revenue import http as revenue
from projections.subscriptions import http as subscriptions
from projections.webhook_inbox import http as webhook_inbox
from tests.support.read_models import SUPPORT, ReadModels, read_models

MODULES = (invoices, revenue, subscriptions, webhook_inbox)
PATHS = (
    "invoices",
    "workspaces/acme/invoices",
    "subscriptions",
    "revenue",
    "revenue/movements",
    "revenue/payments",
    "webhooks",
)


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    """Of a log without events."""
    models = [module.READ_MODEL for module in MODULES]
    with read_models(read_url, models, *(module.router for module in MODULES)) as opened:
        yield opened


class TestReadYourWrites:
    @pytest.mark.parametrize("path", PATHS)
    def test_what_no_log_has_is_refused_and_another_services_is_not_waited_for(
        self, model: ReadModels, path: str
    ) -> None:
        assert model.status(path, SUPPORT, after="billing:1") == 409
        assert model.status(path, SUPPORT, after="metering:1") == 200
