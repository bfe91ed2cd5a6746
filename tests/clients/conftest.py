"""One system for all tests of the clients, each of which has workspaces of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.support.system import RunningSystem, running_system
from workspace_billing import Billing, ServiceTokens

SECRET = "s" * 40
EVERYTHING = ServiceTokens(SECRET, roles=["service", "super_admin"], member="owner")


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with running_system(tmp_path_factory.mktemp("clients"), BILLING_JWT_SECRET=SECRET) as running:
        yield running


@pytest.fixture(scope="session")
def billing(system: RunningSystem) -> Iterator[Billing]:
    with Billing(system.url, auth=EVERYTHING) as client:
        yield client


@pytest.fixture
def workspace() -> str:
    return f"ws-{uuid4().hex[:12]}"


@pytest.fixture
def pay(system: RunningSystem) -> Callable[[str], None]:
    """On the sandbox's page."""

    def press(url: str) -> None:
        system.http.post(url, data={"card": "4242 4242 4242 4242"})

    return press
