"""Every route answers as the OpenAPI document says, whoever asks whatever the document allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.test_access import CALLERS, token
from tests.support.system import RunningSystem, running_system

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
Claims = dict[str, object]
EVERYTHING: Claims = {
    "roles": ["service", "super_admin", "auditor", "support"],
    "workspaces": {"acme": "owner"},
}
RATES = (
    "BAD_TOKENS_PER_ADDRESS",
    "ANONYMOUS_PER_ADDRESS",
    "REQUESTS_PER_CALLER",
    "CHECKOUTS_PER_WORKSPACE",
    "HOLDS_PER_WORKSPACE",
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    directory: Path = tmp_path_factory.mktemp("document")
    unlimited = {f"BILLING_RATE_{name}": "0" for name in RATES}
    with running_system(directory, BILLING_JWT_SECRET="s" * 40, **unlimited) as running:
        yield running


@pytest.fixture(scope="module")
def document(system: RunningSystem) -> Any:
    return schemathesis.openapi.from_url(f"{system.url}/openapi.json")


def asked(operation: Any, callers: Sequence[Claims | None], examples: int) -> None:
    """Cases of one operation, each by every caller."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        if "ws" in (case.path_parameters or {}):
            case.path_parameters["ws"] = "acme"
        for claims in callers:
            headers = {"Authorization": f"Bearer {token(claims)}"} if claims else {}
            case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


def failures(document: Any, callers: Sequence[Claims | None], examples: int) -> dict[str, str]:
    found = {}
    for result in document.get_all_operations():
        operation = result.ok()
        try:
            asked(operation, callers, examples)
        except (Exception, ExceptionGroup) as failure:
            found[operation.label] = f"{type(failure).__name__}: {failure}"[:600]
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
class TestTheCompleteDocument:
    def test_holds_for_whoever_may_everything(self, document: Any) -> None:
        assert failures(document, [EVERYTHING], 10) == {}

    def test_holds_for_every_role_and_for_none(self, document: Any) -> None:
        assert failures(document, [*CALLERS.values(), None], 2) == {}
