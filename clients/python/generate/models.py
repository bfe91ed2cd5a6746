"""`models.py` from the schemas of the answers, by datamodel-code-generator."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generate.answers import answers

OPTIONS = {
    "--input-file-type": "openapi",
    "--output-model-type": "pydantic_v2.BaseModel",
    "--target-python-version": "3.11",
    "--enum-field-as-literal": "all",
    "--formatters": "builtin",
    "--base-class": "workspace_billing.model.Model",
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
HEAD = '''"""Models of the API's answers: generated from its OpenAPI document, not to be edited."""
'''


def models(document: Mapping[str, Any]) -> str:
    schemas = answers(document)
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "openapi.json"), Path(folder, "models.py")
        source.write_text(json.dumps(_components_alone(schemas)))
        options = [word for pair in OPTIONS.items() for word in pair]
        subprocess.run(
            [
                *(sys.executable, "-m", "datamodel_code_generator"),
                *(*options, *SWITCHES, "--input", str(source), "--output", str(made)),
            ],
            check=True,
        )
        _, _, body = made.read_text().partition("\nfrom __future__")
    return HEAD + "\nfrom __future__" + body


def _components_alone(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Answers", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
