"""The sandbox behind an HTTP client that runs no scripts and follows no redirect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateways.port import Checkout
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.cards import GOOD
from gateways.sandbox.pages import sandbox_router
from gateways.sandbox.state import SandboxState
from kernel.clock import utc_clock
from runtime.web.errors import handle_errors
from tests.support.gateway_steps import PRO, checkout_request

ORIGIN = "http://testserver"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[SandboxGateway]:
    state = SandboxState(tmp_path / "sandbox.sqlite")
    yield SandboxGateway(state, ORIGIN, "whsec_test", utc_clock)
    state.close()


@pytest.fixture
def browser(gateway: SandboxGateway) -> Iterator[TestClient]:
    app = FastAPI()
    handle_errors(app)
    app.include_router(sandbox_router(gateway))
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


@pytest.fixture
def checkout(gateway: SandboxGateway) -> Checkout:
    price = gateway.catalogue.ensure_plan("sync", PRO, None).price
    return gateway.checkouts.start(checkout_request(price))


def subscription(gateway: SandboxGateway, checkout: Checkout) -> str:
    ref = gateway.checkouts.fetch(checkout.ref).subscription
    assert ref
    return ref


def paid(browser: TestClient, checkout: Checkout, number: str = GOOD) -> None:
    assert browser.post(checkout.url, data={"card": number}).status_code == 303
