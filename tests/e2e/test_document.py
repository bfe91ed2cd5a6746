"""Every route answers as the OpenAPI document says, whoever asks whatever the document allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.e2e.test_access import CALLERS, token
from tests.support.rounds import rounds
from tests.support.system import RunningSystem, running_system

OWN_HEADERS = ("X-Event-Position", "X-Decision-Id", "Retry-After", "WWW-Authenticate")
# Each of the events that it is sent is refused by itself.
REPORT = "POST /v1/metering/events"
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


def headers_are_told(context: Any, response: Any, case: Any) -> None:
    """A header of ours that comes is one that the document has."""
    answer = case.operation.responses.find_by_status_code(response.status_code)
    told = {name for name, _ in answer.headers.items()} if answer else set()
    untold = {name for name in OWN_HEADERS if name.lower() in response.headers} - told
    assert not untold, f"{response.status_code} has {untold}"


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    headers_are_told,
]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    directory: Path = tmp_path_factory.mktemp("document")
    unlimited = {f"BILLING_RATE_{name}": "0" for name in RATES}
    with running_system(directory, BILLING_JWT_SECRET="s" * 40, **unlimited) as running:
        yield running


@pytest.fixture(scope="module")
def document(system: RunningSystem) -> Any:
    return schemathesis.openapi.from_url(f"{system.url}/openapi.json")


def asked(
    operation: Any,
    callers: Sequence[Claims | None],
    examples: int,
    mode: GenerationMode = GenerationMode.POSITIVE,
) -> None:
    """Cases of one operation, each by every caller."""
    checks = list(CHECKS)
    if mode is GenerationMode.NEGATIVE and operation.label != REPORT:
        checks += [negative_data_rejection, unsupported_method]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and "ws" in (case.path_parameters or {}):
            case.path_parameters["ws"] = "acme"
        for claims in callers:
            headers = {"Authorization": f"Bearer {token(claims)}"} if claims else {}
            case.call_and_validate(headers=headers, checks=checks)

    ask()


def failures(document: Any, callers: Sequence[Claims | None], *how: Any) -> dict[str, str]:
    found = {}
    for result in document.get_all_operations():
        operation = result.ok()
        try:
            asked(operation, callers, *how)
        except Unsatisfiable:
            continue
        except (Exception, BaseExceptionGroup) as failure:
            found[operation.label] = f"{type(failure).__name__}: {failure}"[:600]
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
class TestTheCompleteDocument:
    def test_holds_for_whoever_may_everything(self, document: Any) -> None:
        assert failures(document, [EVERYTHING], rounds(10)) == {}

    def test_holds_for_every_role_and_for_none(self, document: Any) -> None:
        assert failures(document, [*CALLERS.values(), None], rounds(2)) == {}

    def test_what_it_does_not_allow_is_refused(self, document: Any) -> None:
        assert failures(document, [EVERYTHING], rounds(5), GenerationMode.NEGATIVE) == {}
