"""The OpenAPI document is valid, and tells all that a reader needs."""

from __future__ import annotations

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.version import VERSION
from tests.support.openapi import Document, served_document


@pytest.fixture(scope="module")
def document(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Document:
    return served_document(postgres_url, tmp_path_factory.mktemp("document"))


class TestTheDocument:
    def test_is_valid_openapi(self, document: Document) -> None:
        assert [str(each) for each in OpenAPIV31SpecValidator(dict(document)).iter_errors()] == []

    def test_is_of_this_version(self, document: Document) -> None:
        assert (document["openapi"][:3], document["info"]["version"]) == ("3.1", VERSION)
