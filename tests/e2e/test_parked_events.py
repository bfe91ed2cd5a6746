"""A workspace whose event was set aside, as an operator and as its owner see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from deploy.composition import POSTGRES_DIRECTORY
from runtime.postgres import embedded_server
from tests.support.system import RunningSystem, running_system

PARK = """
INSERT INTO projections.parked_events
    (consumer, service, sequence, partition, "offset", type, key, value, headers, error)
SELECT 'plan_subscriptions', 'billing', 1, 0, 0, 'billing.AccountOpened.v1', 'acme', '', '[]', error
  FROM unnest(%s::text[]) AS error
"""
ERROR = "ValueError: [red]no[/red] such [/plan]"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with running_system(tmp_path_factory.mktemp("system")) as running:
        park(running.directory)
        yield running


def park(directory: Path) -> None:
    url = embedded_server.start(directory / "data" / POSTGRES_DIRECTORY)
    with psycopg.connect(url) as connection:
        connection.execute(PARK.encode(), ([ERROR],))


def subscription(system: RunningSystem, workspace: str, after: str) -> httpx.Response:
    token = system.host().token(roles=["service"])
    return system.http.get(
        f"/v1/projections/workspaces/{workspace}/subscription",
        params={"after": after},
        headers={"authorization": f"Bearer {token}"},
    )


@pytest.mark.slow
class TestParkedEvents:
    def test_the_workspace_is_told_that_its_read_model_is_behind(
        self, system: RunningSystem
    ) -> None:
        answer = subscription(system, "acme", "billing:1")
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "projection_behind")
        assert subscription(system, "globex", "billing:1").status_code != 504

    def test_the_process_stays_ready_and_tells_how_many(self, system: RunningSystem) -> None:
        answer = system.http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["parked"] == {"plan_subscriptions": 1}

    def test_the_doctor_names_the_event(self, system: RunningSystem) -> None:
        done = system.cli("doctor", "--json", check=False)
        assert done.returncode == 1
        [found] = [f for f in json.loads(done.stdout)["findings"] if f["kind"] == "parked_event"]
        assert (found["workspace"], found["field"]) == ("acme", "plan_subscriptions")
        assert (found["ref"], found["theirs"]) == ("billing:1", ERROR)

    def test_its_table_shows_an_error_as_it_is(self, system: RunningSystem) -> None:
        shown = system.cli("doctor", check=False).stdout
        assert "[red]no" in "".join(shown.split())

    def test_a_verification_does_not_find_the_read_model_equal(self, system: RunningSystem) -> None:
        done = system.cli("verify", "--json", check=False)
        models = {each["model"]: each for each in json.loads(done.stdout)["read_models"]}
        assert done.returncode == 1
        assert models["plan_subscriptions"]["equal"] is False
        assert models["plan_subscriptions"]["parked"] == 1
        assert "billing retry plan_subscriptions" in system.cli("verify", check=False).stdout
