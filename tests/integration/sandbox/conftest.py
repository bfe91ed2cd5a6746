"""The sandbox behind an HTTP client that runs no scripts and follows no redirect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateways import sandbox
from gateways.port import Checkout, Gateway
from gateways.sandbox import SandboxClient, sandbox_router
from gateways.sandbox.simulation.cards import GOOD
from gateways.sandbox.simulation.state import SandboxState
from kernel.clock import utc_clock
from pages.rendering import Renderer
from runtime.web.errors import handle_errors
from tests.support.gateway_steps import PRO, checkout_request

ORIGIN = "http://testserver"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SandboxState]:
    opened = SandboxState(tmp_path / "sandbox.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def gateway(state: SandboxState) -> Gateway:
    return sandbox.build(SandboxClient(state, ORIGIN, utc_clock), ["whsec_test"])


@pytest.fixture
def browser(state: SandboxState) -> Iterator[TestClient]:
    app = FastAPI()
    handle_errors(app)
    app.include_router(
        sandbox_router(SandboxClient(state, ORIGIN, utc_clock), Renderer(utc_clock).hosted)
    )
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


@pytest.fixture
def checkout(gateway: Gateway) -> Checkout:
    price = gateway.catalogue.ensure_plan("sync", PRO, None).price
    return gateway.checkouts.start(checkout_request(price))


def subscription(gateway: Gateway, checkout: Checkout) -> str:
    ref = gateway.checkouts.fetch(checkout.ref).subscription
    assert ref
    return ref


def paid(browser: TestClient, checkout: Checkout, number: str = GOOD) -> None:
    assert browser.post(checkout.url, data={"card": number}).status_code == 303
