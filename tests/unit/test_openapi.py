"""The OpenAPI document is valid, and tells all that a reader needs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.version import VERSION
from services.notifications.published import offered
from tests.support.openapi import Document, bodies, missing, operations, resolved, served_document

PLANS = "/v1/billing/plans"
JSON = "application/json"


@pytest.fixture(scope="module")
def document(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Document:
    return served_document(postgres_url, tmp_path_factory.mktemp("document"))


class TestTheDocument:
    def test_is_valid_openapi(self, document: Document) -> None:
        assert [str(each) for each in OpenAPIV31SpecValidator(dict(document)).iter_errors()] == []

    @pytest.mark.parametrize(
        ("word", "place"),
        [
            ("description", ("paths", PLANS, "post")),
            ("summary", ("paths", PLANS, "post")),
            ("content", ("paths", PLANS, "post", "responses", "409")),
            ("example", ("paths", PLANS, "post", "responses", "201", "content", JSON)),
            ("example", ("paths", PLANS, "post", "requestBody", "content", JSON)),
            ("description", ("components", "schemas", "PlanBody")),
            ("description", ("components", "schemas", "PlanBody", "properties", "slug")),
            ("examples", ("components", "schemas", "PlanBody", "properties", "slug")),
        ],
    )
    def test_would_be_seen_to_leave_something_untold(
        self, document: Document, word: str, place: tuple[str, ...]
    ) -> None:
        incomplete = deepcopy(dict(document))
        node: Any = incomplete
        for step in place:
            node = node[step]
        del node[word]
        assert len(missing(incomplete)) == 1

    def test_is_of_this_version(self, document: Document) -> None:
        assert (document["openapi"][:3], document["info"]["version"]) == ("3.1", VERSION)

    def test_leaves_nothing_untold(self, document: Document) -> None:
        assert missing(document) == []

    def test_shows_examples_that_its_own_schemas_accept(self, document: Document) -> None:
        components = {"components": document["components"]}
        found = [
            f"{name}: {error.json_path} {error.message}"
            for name, body in bodies(document)
            if "example" in body
            for error in Draft202012Validator({**components, **body["schema"]}).iter_errors(
                body["example"]
            )
        ]
        assert found == []

    def test_tells_of_routes_that_bypass_the_framework_as_of_all_others(
        self, document: Document
    ) -> None:
        found = dict(operations(document))
        started = found["POST /v1/metering/workspaces/{ws}/conversations"]
        assert {"200", "201", "401", "403", "409", "422", "429", "503"} <= started[
            "responses"
        ].keys()
        assert {each["name"] for each in started["parameters"]} == {"ws", "Idempotency-Key"}
        assert started["security"] == [{"bearer": ["service"]}]
        sent = resolved(document, found["POST /v1/metering/events"]["requestBody"]["content"])
        report = resolved(document, sent["application/json"]["schema"])
        assert report["properties"]["events"]["maxItems"] == 1000
        assert report["additionalProperties"] is False

    def test_has_the_codes_of_a_quota_that_is_used_up(self, document: Document) -> None:
        asked = dict(operations(document))["GET /v1/metering/workspaces/{ws}/can-send-message"]
        refused = asked["responses"]["429"]
        schema = refused["content"]["application/json"]["schema"]
        codes = schema["properties"]["error"]["properties"]["code"]["enum"]
        assert codes == ["message_quota_exceeded", "rate_limited"]
        assert "text/event-stream" in refused["content"]
        assert {"Retry-After", "X-Decision-Id"} <= refused["headers"].keys()

    def test_tells_of_all_that_answers_of_declared_meters_have(self, document: Document) -> None:
        found = dict(operations(document))
        refused = found["GET /v1/metering/workspaces/{ws}/can-use"]["responses"]["429"]
        assert {"Retry-After", "X-Decision-Id", "X-Event-Position"} == refused["headers"].keys()
        settled = found["POST /v1/metering/workspaces/{ws}/reservations/{id}/settle"]
        assert "meter_not_found" in settled["responses"]["404"]["description"]

    def test_has_a_media_type_of_each_file_that_generators_know(self, document: Document) -> None:
        known = ("application/json", "application/octet-stream", "text/")
        unread = [
            f"{name} {status}"
            for name, operation in operations(document)
            for status, response in operation["responses"].items()
            if (content := resolved(document, response).get("content", {}))
            and not any(media.startswith(known) for media in content)
        ]
        assert unread == []

    def test_tells_what_is_posted_to_the_endpoints_of_hosts(self, document: Document) -> None:
        # Other tests of the same process may have events of their own.
        ours = [name for name in offered() if not name.startswith("ledger.")]
        assert sorted(document["webhooks"]) == sorted(ours)
        for name, item in document["webhooks"].items():
            [body] = item["post"]["requestBody"]["content"].values()
            assert body["example"]["type"] == name
            Draft202012Validator(body["schema"]).validate(body["example"])

    def test_says_whose_positions_are_waited_for(self, document: Document) -> None:
        waiting = {
            name: parameter["schema"].get("x-services")
            for name, operation in operations(document)
            for parameter in operation.get("parameters", [])
            if parameter["name"] == "after"
        }
        assert waiting["GET /v1/projections/workspaces/{ws}/usage"] == ["metering", "billing"]
        assert [name for name, services in waiting.items() if not services] == []
