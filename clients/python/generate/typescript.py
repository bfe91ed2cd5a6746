"""What is generated of the TypeScript client beside the types, which openapi-typescript makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iso4217 import Currency

from generate.errors import KINDS, class_name, kind_name, rows
from generate.schemas import Schema, asked, is_keyed, operations, services

NOTE = "generated, not to be edited."


def typescript(document: Mapping[str, Any], table: str) -> dict[str, str]:
    """By the name of the file in `src`."""
    return {
        "operations.ts": _operations(document),
        "errors.ts": _errors(table),
        "currencies.ts": _currencies(),
    }


def answered(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document that the types are made of: refusals are classes, examples are no types."""
    paths: dict[str, Any] = {}
    for path, method, operation in operations(document):
        if path.startswith("/v1/"):
            paths.setdefault(path, {})[method] = {
                **operation,
                "responses": {
                    status: answer
                    for status, answer in operation["responses"].items()
                    if status.startswith("2")
                },
            }
    components = {**document["components"], "responses": {}}
    kept = {key: value for key, value in document.items() if key != "webhooks"}
    told: dict[str, Any] = _unshown({**kept, "paths": paths, "components": components})
    return told


def _unshown(node: Any, *, is_property_list: bool = False) -> Any:
    if isinstance(node, list):
        return [_unshown(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _unshown(value, is_property_list=key == "properties")
        for key, value in node.items()
        if is_property_list or key not in {"example", "examples"}
    }


def _operations(document: Mapping[str, Any]) -> str:
    lines = [
        f"  {operation['operationId']}: {_operation(path, method, operation)},"
        for path, method, operation in operations(document)
        if path.startswith("/v1/")
    ]
    head = f"/** How each operation is asked: {NOTE} */\n\nexport const OPERATIONS = {{"
    return "\n".join([head, *lines, "} as const;\n"])


def _operation(path: str, method: str, operation: Schema) -> str:
    facts = {
        "method": method.upper(),
        "path": path,
        "asks": [name for name, _ in asked(operation)],
        "keyed": is_keyed(operation),
        "after": list(services(operation)),
    }
    return f"{{ {', '.join(f'{name}: {json.dumps(fact)}' for name, fact in facts.items())} }}"


def _errors(table: str) -> str:
    found = rows(table)
    kinds = sorted({kind_name(status) for _, status, _ in found})
    classes = "".join(
        f"\n/** {message} */\nexport class {class_name(code)} extends {kind_name(status)} {{}}\n"
        for code, status, message in found
    )
    codes = "\n".join(f"  {code}: {class_name(code)}," for code, _, _ in found)
    return (
        f"/** An error class for each code of the API: {NOTE} */\n\n"
        f'import {{ type ApiError, {", ".join(kinds)} }} from "./failures.ts";\n\n'
        f'export {{ {", ".join(sorted({*KINDS.values(), *kinds}))} }} from "./failures.ts";\n'
        f"{classes}\n"
        "export const BY_CODE: Readonly<Record<string, typeof ApiError>> = {\n"
        f"{codes}\n}};\n"
    )


def _currencies() -> str:
    places = {each.code: each.exponent for each in Currency if each.exponent is not None}
    lines = "\n".join(f"  {code}: {exponent}," for code, exponent in sorted(places.items()))
    head = f"/** Decimal places of ISO 4217: {NOTE} */\n\n"
    return f"{head}export const EXPONENTS: Readonly<Record<string, number>> = {{\n{lines}\n}};\n"
