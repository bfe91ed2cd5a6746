"""The all-in-one app in this process, on a database of the test's server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict

from deploy.composition import Composition
from deploy.process import Process
from deploy.seed import seed
from deploy.settings import PARTS, Settings
from tests.support.tokens import SECRET


@contextmanager
def whole_app(database_url: str, directory: Path, **settings: object) -> Iterator[TestClient]:
    """Migrated, seeded and running; an unhandled exception is an answer, as in production."""
    chosen = {"env": "test", "data_dir": directory, "jwt_secret": SECRET, **settings}
    composition = Composition(
        Settings.model_validate({**chosen, "database_url": as_url(database_url)})
    )
    composition.migrate()
    seed(composition)
    process = Process(composition, serve=PARTS, follow=PARTS)
    with TestClient(process.app(), raise_server_exceptions=False) as client:
        yield client


def as_url(conninfo: str) -> str:
    parameters = conninfo_to_dict(conninfo)
    return f"postgresql:///{parameters.pop('dbname')}?{urlencode(parameters)}"
