"""The two shapes of the system. A test that asks for `system` runs in both and can't tell which;
`start` is for those whose system needs settings of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest

from tests.support.apart import separate_system
from tests.support.kafka import kafka_bootstrap
from tests.support.system import RunningSystem, running_system

__all__ = ["Start", "kafka_bootstrap"]
Start = Callable[..., AbstractContextManager[RunningSystem]]
# Ten processes take a while to come up on two cores.
APART = [pytest.mark.kafka, pytest.mark.apart, pytest.mark.timeout(300)]
SHAPES = ["one process", pytest.param("apart", marks=APART)]


@pytest.fixture(scope="module", params=SHAPES)
def start(request: pytest.FixtureRequest) -> Start:
    """Takes a directory, and settings by the names of their variables."""
    if request.param == "one process":
        return running_system
    return partial(separate_system, bootstrap=request.getfixturevalue("kafka_bootstrap"))


@pytest.fixture(scope="module")
def system(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with start(tmp_path_factory.mktemp("system"), BILLING_JWT_SECRET="s" * 40) as running:
        yield running
