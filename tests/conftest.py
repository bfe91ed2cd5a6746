"""Fixtures that every kind of test shares."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.postgres import abandon, fresh_database, server_url

pytest_plugins = ["tests.support.browser"]
MEMORY = Path("/dev/shm")
ROOM_BYTES = 8 * 2**30
# That a machine is busy says nothing about the code under test.
settings.register_profile("any-speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-speed")
# The traces that it draws by default, with all that is in memory, take seconds each.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A directory of this run's own: pytest's default one is closed to the server's user whenever
    another run begins."""
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        config.option.basetemp = tempfile.mkdtemp(prefix="billing-tests-", dir=_memory())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with tests that may take longest come first: begun last, they would end alone."""
    longest: dict[Path, float] = {}
    for item in items:
        allowed = item.get_closest_marker("timeout")
        seconds = float(allowed.args[0]) if allowed else 0.0
        longest[item.path] = max(seconds, longest.get(item.path, 0.0))
    items.sort(key=lambda item: -longest[item.path])


def _memory() -> str | None:
    """A file system in memory, where there is one with room: a database is created there in a
    tenth of the time. None is the system's own choice."""
    room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free
    return str(MEMORY) if room and room >= ROOM_BYTES else None


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Shared by all xdist workers of a run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres_directory(run_directory: Path) -> Path:
    return run_directory / "postgres"


@pytest.fixture(scope="session")
def postgres_url(postgres_directory: Path) -> str:
    return server_url(postgres_directory)


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A database of this test's own."""
    with fresh_database(postgres_url) as url:
        yield url


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The run's first process stops the servers that its workers shared."""
    if hasattr(session.config, "workerinput"):
        return
    base = Path(session.config.option.basetemp)
    if (base / "kafka").exists():
        from tests.support.kafka import end_shared_broker  # it imports Kafka's client

        end_shared_broker(base)
    if (base / "postgres").exists():
        abandon(base / "postgres")
        shutil.rmtree(base, ignore_errors=True)
