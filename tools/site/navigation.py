"""Hooks of MkDocs: the navigation is what docs/index.md lists, and the reference is made of the
code."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from deploy.composition import POSTGRES_DIRECTORY, Composition
from deploy.guide.contents import INDEX, contents
from deploy.guide.reference import Document, filled
from deploy.process import Process
from deploy.settings import PARTS, Settings
from runtime.postgres import embedded_server


@cache
def document() -> Document:
    """OpenAPI's, of a system that is built and never started."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder), jwt_secret="s" * 40)
        try:
            app = Process(Composition(settings), serve=PARTS).app()
            described: Document = TestClient(app).get("/openapi.json").json()
        finally:
            embedded_server.stop(Path(folder, POSTGRES_DIRECTORY))
        return described


def on_page_markdown(markdown: str, **_: Any) -> str:
    return filled(markdown, document())


def on_config(config: Any) -> Any:
    index = Path(config.docs_dir, INDEX).read_text(encoding="utf-8")
    config.nav = [
        {"Start": INDEX},
        *(
            {section.heading: [{entry.title: entry.path} for entry in section.entries]}
            for section in contents(index)
        ),
    ]
    return config
