"""`python -m contracts.schemas` writes the JSON Schema and, for a new version, the golden sample of
every published type, and the AsyncAPI document. With `--check` it writes nothing and fails when
they are stale.

It refuses, either way, a change that would break consumers of an existing version: publish a new
version beside it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts import asyncapi
from contracts.compatibility import breaks
from contracts.envelope import REGISTRY, EventData
from contracts.samples import FOLDER as SAMPLES
from contracts.samples import sample

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def published() -> dict[str, type[EventData]]:
    """The types that are declared in this package, by name and version."""
    own = f"{__package__}."
    return {
        name: kind for name, kind in sorted(REGISTRY.items()) if kind.__module__.startswith(own)
    }


def schema(kind: type[EventData]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"{kind.TYPE}.json", **kind.model_json_schema()}


def broken() -> Iterator[str]:
    """What the models, as they are, break of the schemas that are there."""
    kinds = published()
    for path in sorted(FOLDER.glob("*.json")):
        name = path.stem
        if name not in kinds:
            yield f"{name}: published before, and gone now"
            continue
        for line in breaks(json.loads(path.read_text(encoding="utf-8")), schema(kinds[name])):
            yield f"{name}: {line}"


def documents() -> dict[Path, str]:
    """Every generated file and what it should hold. A sample that is there stays as it is."""
    kinds = published()
    found = {FOLDER / f"{name}.json": _text(schema(kind)) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        path = SAMPLES / f"{name}.json"
        found[path] = path.read_text(encoding="utf-8") if path.exists() else _text(sample(kind))
    found[asyncapi.PATH] = asyncapi.document(kinds)
    return found


def stale() -> list[Path]:
    return [
        path
        for path, text in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    problems = [f"breaks consumers: {line}" for line in broken()]
    if "--check" in arguments:
        problems += [f"stale: {path.relative_to(FOLDER.parent)}" for path in stale()]
    if problems:
        print("\n".join(problems), file=sys.stderr)  # noqa: T201
        print("Run: python -m contracts.schemas", file=sys.stderr)  # noqa: T201
        return 1
    if "--check" not in arguments:
        for path, text in documents().items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
