"""What is refused before a route looks at it."""

from __future__ import annotations

import pytest
from starlette.types import Message

from kernel.errors import ValidationFailed
from runtime.web.limits import Bounds


async def nothing() -> Message:
    raise AssertionError("a body that nobody sent")


def asked(query: bytes) -> None:
    scope = {"type": "http", "path": "/v1/audit/export", "query_string": query, "headers": []}
    Bounds({}).bounded(scope, nothing)


class TestQueries:
    @pytest.mark.parametrize(
        "query", [b"", b"workspace=acme&format=jsonl", b"&&a=1&", b"q=a%26q=b", b"a+b=1&ab=1"]
    )
    def test_with_each_name_once_are_taken(self, query: bytes) -> None:
        asked(query)

    @pytest.mark.parametrize(
        "query",
        [
            b"workspace=acme&workspace=globex",
            b"workspace=acme&%77orkspace=acme",
            b"workspace&workspace=",
        ],
    )
    def test_with_a_name_twice_are_refused(self, query: bytes) -> None:
        with pytest.raises(ValidationFailed) as refused:
            asked(query)
        [field] = refused.value.details["fields"]
        assert field == {"field": "query.workspace", "message": "is given more than once"}
