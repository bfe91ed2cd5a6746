"""The two shapes of the system. A test that asks for `system` runs in both and can't tell which."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.apart import separate_system
from tests.support.kafka import kafka_bootstrap
from tests.support.system import RunningSystem, running_system

__all__ = ["kafka_bootstrap"]
SHAPES = ["one process", pytest.param("apart", marks=[pytest.mark.kafka, pytest.mark.apart])]


@pytest.fixture(scope="module", params=SHAPES)
def system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    directory = tmp_path_factory.mktemp("system")
    secret = "s" * 40
    if request.param == "one process":
        with running_system(directory, BILLING_JWT_SECRET=secret) as running:
            yield running
    else:
        bootstrap = request.getfixturevalue("kafka_bootstrap")
        with separate_system(directory, bootstrap, BILLING_JWT_SECRET=secret) as running:
            yield running
