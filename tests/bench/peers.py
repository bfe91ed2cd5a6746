"""What others would build, as processes that the same generator asks."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from runtime.process.ports import free_port
from tests.bench.load import Target
from tests.support.metering_caller import service_token
from tests.support.postgres import fresh_database

REDIS = shutil.which("redis-server")
START_SECONDS = 20


@contextmanager
def no_op_and_sql(postgres_url: str) -> Iterator[Target]:
    """FastAPI with a route that does nothing, and one that calls one SQL function."""
    with fresh_database(postgres_url) as url, _serving("tests.bench.peer_fastapi", url) as target:
        yield target


@contextmanager
def limiter_on_redis() -> Iterator[Target]:
    """Bare ASGI in front of a Redis that syncs each answer to disk."""
    assert REDIS is not None
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        socket = Path(directory) / "redis"
        command = [REDIS, "--port", "0", "--unixsocket", str(socket), "--dir", directory]
        durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        with _process([*command, *durable]):
            _wait(socket.exists)
            with _serving("tests.bench.peer_redis", str(socket)) as target:
                yield target


@contextmanager
def _serving(module: str, argument: str) -> Iterator[Target]:
    port = free_port()
    with _process([sys.executable, "-m", module, str(port), argument]):
        _wait(lambda: _answers(port))
        yield Target("127.0.0.1", port, service_token())


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(10)


def _answers(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/nothing", trust_env=False)
        return True
    return False


def _wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        assert time.monotonic() < deadline, "a peer does not start"
        time.sleep(0.05)
