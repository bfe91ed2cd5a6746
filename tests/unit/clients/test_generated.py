"""What is generated of the Python client is what it would be generated as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generate.answers import answers
from generate.files import generated
from generate.schemas import NameTaken
from tests.support.openapi import served_document


def document_with(**schemas: Any) -> dict[str, Any]:
    """Each of these schemas is answered by an operation."""
    answered = {
        f"/{name}": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}
                        }
                    }
                }
            }
        }
        for name in schemas
    }
    return {"paths": answered, "components": {"schemas": schemas}}


class TestTheGeneratedFiles:
    @pytest.mark.slow
    def test_are_what_the_present_document_makes_of_them(
        self, postgres_url: str, tmp_path: Path
    ) -> None:
        made = generated(served_document(postgres_url, tmp_path))
        stale = [
            str(file)
            for file, source in made.items()
            if not file.exists() or file.read_text() != source
        ]
        assert stale == [], "run `make client`"


class TestTheNamesOfModels:
    def test_bodies_of_the_same_fields_are_one_model(self) -> None:
        pause = {"type": "object", "properties": {"kind": {"type": "string"}}}
        assert list(answers(document_with(Pause=pause, PauseBody=pause))) == ["Pause"]

    def test_two_bodies_of_different_fields_never_share_one(self) -> None:
        pause = {"type": "object", "properties": {"kind": {"type": "string"}}}
        other = {"type": "object", "properties": {"since": {"type": "string"}}}
        with pytest.raises(NameTaken):
            answers(document_with(Pause=pause, PauseBody=other))
