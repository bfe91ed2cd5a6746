"""Webhook endpoints and who receives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.billing_events import plan, settings, subscribed
from tests.support.postgres import fresh_database
from tests.support.webhook_service import (
    Databases,
    Receiver,
    WebhookService,
    receiving,
    webhook_databases,
    webhook_service,
)


@pytest.fixture(scope="session")
def webhook_site(postgres_url: str) -> Iterator[Databases]:
    with fresh_database(postgres_url) as url, webhook_databases(url) as databases:
        yield databases


@pytest.fixture
def webhooks(webhook_site: Databases) -> Iterator[WebhookService]:
    with webhook_service(webhook_site) as service:
        yield service


@pytest.fixture
def host() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def acme(webhooks: WebhookService) -> WebhookService:
    """A workspace that subscribes to `pro` and has a billing e-mail."""
    webhooks.applied(
        plan("free", messages=5, is_default=True),
        plan("pro", messages=500),
        settings(webhooks.vault.seal("acme", "money@acme.example")),
        subscribed(),
    )
    return webhooks
