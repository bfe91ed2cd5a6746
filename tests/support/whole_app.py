"""The all-in-one app in this process, on a database of the test's server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict
from starlette.types import ASGIApp

from deploy.composition import Composition
from deploy.process import Process
from deploy.seed import seed
from deploy.settings import PARTS, Settings
from runtime.process.ports import free_port
from tests.support.tokens import SECRET

READY_SECONDS = 60.0


@contextmanager
def whole_app(database_url: str, directory: Path, **settings: object) -> Iterator[TestClient]:
    """Migrated, seeded and running; an unhandled exception is an answer, as in production."""
    app = _app(database_url, directory, **settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@contextmanager
def served_app(database_url: str, directory: Path, **settings: object) -> Iterator[str]:
    """The same on a port, for browsers; its address."""
    port = free_port()
    app = _app(database_url, directory, port=port, **settings)
    quiet = {"log_level": "warning", "access_log": False}
    # A test on a busy machine may pause for longer than the usual five seconds.
    config = uvicorn.Config(app, port=port, ws="none", timeout_keep_alive=300, **quiet)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + READY_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started, "not ready"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(READY_SECONDS)


def migrated(database_url: str, directory: Path) -> None:
    """Makes all tables; nobody is connected afterwards."""
    composition = _composition(database_url, directory)
    composition.migrate()
    for schema in composition.schemas():
        schema.database.close()


def _app(database_url: str, directory: Path, **settings: object) -> ASGIApp:
    composition = _composition(database_url, directory, **settings)
    composition.migrate()
    seed(composition)
    return Process(composition, serve=PARTS, follow=PARTS).app()


def _composition(database_url: str, directory: Path, **settings: object) -> Composition:
    chosen = {"env": "test", "data_dir": directory, "jwt_secret": SECRET, **settings}
    return Composition(Settings.model_validate({**chosen, "database_url": as_url(database_url)}))


def as_url(conninfo: str) -> str:
    parameters = conninfo_to_dict(conninfo)
    return f"postgresql:///{parameters.pop('dbname')}?{urlencode(parameters)}"
