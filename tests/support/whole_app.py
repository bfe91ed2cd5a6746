"""The all-in-one app on a database of the test's server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict
from starlette.types import ASGIApp

from deploy.composition import Composition
from deploy.process import Process
from deploy.seed import seed
from deploy.settings import PARTS, Settings
from runtime.process.ports import free_port
from tests.support.forked import Forked, Start
from tests.support.tokens import SECRET
from tests.support.waiting import wait_until

READY_SECONDS = 60.0


@contextmanager
def whole_app(database_url: str, directory: Path, **settings: object) -> Iterator[TestClient]:
    """Migrated, seeded and running in this process. An unhandled exception is an answer, as in
    production."""
    app = _app(database_url, directory, **settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@contextmanager
def served_app(database_url: str, directory: Path, **settings: object) -> Iterator[str]:
    """The same on a port, for browsers, in a process of its own: it lives as long as the tests and
    works on behind all of them. Its address."""
    port = free_port()
    serve = partial(_serve, database_url, directory, port, settings)
    process = Forked(Start(serve, ["app"], Path.cwd(), dict(os.environ)))
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, trust_env=False) as http:
            wait_until(lambda: _is_ready(http), "the app is ready", READY_SECONDS)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(READY_SECONDS)


def _serve(database_url: str, directory: Path, port: int, settings: dict[str, object]) -> None:
    app = _app(database_url, directory, port=port, **settings)
    quiet = {"log_level": "warning", "access_log": False}
    # A test on a busy machine may pause for longer than the usual five seconds.
    uvicorn.run(app, port=port, ws="none", timeout_keep_alive=300, **quiet)  # type: ignore[arg-type]


def _is_ready(http: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return http.get("/readyz").is_success
    return False


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
