"""`python -m tests.clients.document FILE` writes the API's OpenAPI document to it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.postgres import abandon, fresh_database, server_url
from tests.support.whole_app import whole_app


def write(file: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Path(folder, "postgres")
        try:
            with fresh_database(server_url(server)) as url, whole_app(url, Path(folder)) as app:
                file.write_text(app.get("/openapi.json").text)
        finally:
            abandon(server)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
