"""`python -m tests.clients.document FILE` writes the API's OpenAPI document to it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.support.openapi import served_document
from tests.support.postgres import abandon, fresh_database, server_url
from tests.support.whole_app import as_url


def write(file: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Path(folder, "postgres")
        try:
            with fresh_database(server_url(server)) as url:
                file.write_text(json.dumps(served_document(as_url(url), Path(folder))))
        finally:
            abandon(server)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
