"""Models of answers and dictionaries of bodies, by datamodel-code-generator."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generate.answers import answers
from generate.bare import bare
from generate.schemas import Schema, body_schema, named, operations

OPTIONS = {
    "--input-file-type": "openapi",
    "--target-python-version": "3.11",
    "--enum-field-as-literal": "all",
    "--formatters": "builtin",
}
SWITCHES = [
    "--use-standard-collections",
    "--use-union-operator",
    "--use-schema-description",
    "--use-field-description",
    "--use-inline-field-description",
    "--use-single-line-docstring",
    "--use-double-quotes",
    "--disable-timestamp",
]
OF_MODELS = {
    "--output-model-type": "pydantic_v2.BaseModel",
    "--base-class": "workspace_billing.model.Model",
}
OF_BODIES = {"--output-model-type": "typing.TypedDict"}
HEAD = '"""{what}: generated from the API\'s OpenAPI document, not to be edited."""\n'
START = "\nfrom __future__"


def models(document: Mapping[str, Any]) -> str:
    return HEAD.format(what="Models of answers") + _made(answers(document), OF_MODELS)


def bodies(document: Mapping[str, Any]) -> str:
    sent = [body_schema(operation) for _, _, operation in operations(document)]
    schemas = {name: bare(schema) for name, schema in named(document, sent).items()}
    return HEAD.format(what="What commands are sent") + _made(schemas, OF_BODIES)


def _made(schemas: Mapping[str, Schema], kind: Mapping[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "openapi.json"), Path(folder, "types.py")
        source.write_text(json.dumps(_components_alone(schemas)))
        options = [word for pair in {**OPTIONS, **kind}.items() for word in pair]
        subprocess.run(
            [
                *(sys.executable, "-m", "datamodel_code_generator"),
                *(*options, *SWITCHES, "--input", str(source), "--output", str(made)),
            ],
            check=True,
        )
        _, _, body = made.read_text().partition(START)
    return START + body


def _components_alone(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Types", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
