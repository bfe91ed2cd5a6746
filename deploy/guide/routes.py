"""`/guide`: each document is read and rendered when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from deploy.guide.contents import INDEX, contents, folder
from deploy.guide.reference import Document, filled
from deploy.guide.rendering import ROOT, page, place
from kernel.errors import NotFound

IMAGES = frozenset({".png", ".svg", ".webp"})
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STYLE = Path(__file__).with_name("style.css")


def add_guide(
    app: FastAPI, dependencies: Sequence[Any], document_of: Callable[[], Document]
) -> None:
    """Nothing where the documents were not installed. `document_of` gives OpenAPI's."""
    found = folder()
    if found is None:
        return
    documents = {place(path): path for path in _inside(found, {".md"})}
    images = {path: found / path for path in _inside(found, IMAGES)}

    @app.get(ROOT.rstrip("/"), include_in_schema=False, dependencies=dependencies)
    async def guide() -> Response:
        return RedirectResponse(ROOT)

    @app.get(f"{ROOT}style.css", include_in_schema=False)
    async def styles() -> Response:
        return Response(STYLE.read_text(), media_type="text/css")

    @app.get(f"{ROOT}{{name:path}}", include_in_schema=False, dependencies=dependencies)
    def document(name: str) -> Response:
        if name in images:
            return FileResponse(images[name])
        if name not in documents:
            raise NotFound
        return _shown(found, documents[name], document_of())


def _inside(found: Path, suffixes: frozenset[str] | set[str]) -> list[str]:
    paths = sorted(path for path in found.rglob("*") if path.suffix in suffixes)
    return [path.relative_to(found).as_posix() for path in paths]


def _shown(found: Path, path: str, document: Document) -> Response:
    index = (found / INDEX).read_text(encoding="utf-8")
    text = filled((found / path).read_text(encoding="utf-8"), document)
    return HTMLResponse(
        page(text, path, contents(index)), headers={"Content-Security-Policy": POLICY}
    )
