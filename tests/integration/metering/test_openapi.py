"""The routes that bypass the framework stand in its document like all others."""

from __future__ import annotations

from tests.support.metering_caller import Caller

WORKSPACE = "/v1/metering/workspaces/{ws}"
EXPECTED = {
    f"get {WORKSPACE}/entitlements": {"200", "401", "403"},
    f"get {WORKSPACE}/can-start-conversation": {"200", "401", "403", "429"},
    f"get {WORKSPACE}/can-send-message": {"200", "401", "403", "429"},
    "post /v1/metering/events": {"200", "401", "403", "422", "503"},
    f"post {WORKSPACE}/messages": {"200", "201", "401", "403", "422", "429", "503"},
    f"post {WORKSPACE}/conversations": {"200", "201", "401", "403", "422", "429", "503"},
    f"post {WORKSPACE}/conversations/{{id}}/first-turn": {"200", "401", "403", "422", "503"},
    f"delete {WORKSPACE}/conversations/{{id}}": {"200", "401", "403", "404", "422", "503"},
}


class TestDocument:
    def test_direct_routes_are_documented_with_their_answers(self, host: Caller) -> None:
        paths = host.http.get("/openapi.json").json()["paths"]
        shown = {
            f"{method} {path}": set(operation["responses"])
            for path, operations in paths.items()
            for method, operation in operations.items()
        }
        assert {name: shown.get(name) for name in EXPECTED} == EXPECTED

    def test_bodies_and_parameters_have_schemas(self, host: Caller) -> None:
        paths = host.http.get("/openapi.json").json()["paths"]
        events = paths["/v1/metering/events"]["post"]["requestBody"]["content"]
        listed = events["application/json"]["schema"]["properties"]["events"]
        assert (listed["maxItems"], listed["items"]["additionalProperties"]) == (1000, False)
        released = paths[f"{WORKSPACE}/conversations/{{id}}"]["delete"]
        assert [parameter["name"] for parameter in released["parameters"]] == ["ws", "id"]
        assert released["security"] == [{"HTTPBearer": []}]
