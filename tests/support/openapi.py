"""The OpenAPI document of everything in one process, and what a reader would miss in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from deploy.composition import Composition
from deploy.process import Process
from deploy.settings import PARTS, Settings

Document = Mapping[str, Any]
OPERATION_ID = re.compile(r"[a-z]+([A-Z][a-z0-9]*)*")
SCHEMA_NAME = re.compile(r"([A-Z][a-z0-9]*)+")
NEEDS_NONE = frozenset({"$ref", "examples", "enum", "const", "properties"})
METHODS = ("get", "post", "put", "patch", "delete")


def served_document(database_url: str, directory: Path) -> Document:
    """As /openapi.json answers it; nothing is started, nothing stands in the database."""
    settings = Settings(database_url=database_url, data_dir=directory, jwt_secret="s" * 40)
    app = Process(Composition(settings), serve=PARTS).app()
    document: Document = TestClient(app).get("/openapi.json").raise_for_status().json()
    return document


def operations(document: Document) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def resolved(document: Document, node: Any) -> Any:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def bodies(document: Document) -> Iterator[tuple[str, Any]]:
    """Every media type that is sent or answered."""
    for name, operation in operations(document):
        for media, body in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} takes {media}", body
        for status, response in operation["responses"].items():
            for media, body in resolved(document, response).get("content", {}).items():
                yield f"{name} answers {status} {media}", body


def missing(document: Document) -> list[str]:
    """Sentences, each about one thing that is not told."""
    return [
        *_of_names(document),
        *(f"{name}: {lack}" for name, each in operations(document) for lack in _of(document, each)),
        *(f"{name}: no example" for name, body in bodies(document) if not _is_shown(body)),
        *_of_properties(document),
    ]


def _of_names(document: Document) -> Iterator[str]:
    names = Counter(operation["operationId"] for _, operation in operations(document))
    yield from (f"two operations are called {name}" for name, n in names.items() if n > 1)
    yield from (f"{each} is no name of an operation" for each in names if not _names(each))
    schemas = document["components"]["schemas"]
    yield from (f"{each} is no name of a body" for each in schemas if not _titles(each))


def _names(name: str) -> bool:
    return OPERATION_ID.fullmatch(name) is not None


def _titles(name: str) -> bool:
    return SCHEMA_NAME.fullmatch(name) is not None and not name.endswith(("Input", "Output"))


def _of(document: Document, operation: Any) -> Iterator[str]:
    yield from (
        f"no {word}" for word in ("summary", "description", "tags") if word not in operation
    )
    known = {tag["name"] for tag in document["tags"]}
    yield from (f"nobody tells what {tag} is" for tag in operation["tags"] if tag not in known)
    for parameter in operation.get("parameters", []):
        if not parameter.get("description"):
            yield f"no description of {parameter['name']}"
        if not _is_shown({**parameter["schema"], **parameter}) and parameter.get("required"):
            yield f"no example of {parameter['name']}"
    for status, response in operation["responses"].items():
        if status >= "400" and not _codes(document, response) and status != "503":
            yield f"no codes of {status}"


def _codes(document: Document, response: Any) -> list[str]:
    content = resolved(document, response).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    found = schema.get("properties", {}).get("error", {}).get("properties", {}).get("code", {})
    codes: list[str] = found.get("enum", [])
    return codes


def _is_shown(body: Any) -> bool:
    return "example" in body or bool(body.get("examples"))


def _of_properties(document: Document) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        if not schema.get("description"):
            yield f"{name}: no description"
        for field, told in schema.get("properties", {}).items():
            if not told.get("description"):
                yield f"{name}.{field}: no description"
            if not _has_example(told):
                yield f"{name}.{field}: no example"


def _has_example(schema: Any) -> bool:
    """Or it is a body, a list of bodies, or one word of a few, which need none."""
    variants = [schema, *schema.get("anyOf", [])]
    variants += [each["items"] for each in variants if "items" in each]
    return any(
        not NEEDS_NONE.isdisjoint(each) or each.get("type") == "boolean" for each in variants
    )
