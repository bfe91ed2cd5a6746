"""A database restored to an earlier moment, while others have seen what came behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict

from deploy.composition import Composition
from deploy.healing import astray, heal, note_cuts, restored
from deploy.settings import Settings
from deploy.tables import derived_tables
from runtime.eventstore.epochs import Epochs
from tests.support.cut_logs import cut
from tests.support.postgres import cloned_database, fresh_database
from tests.support.tokens import SECRET, bearer
from tests.support.waiting import wait_until
from tests.support.whole_app import as_url, whole_app

ADMIN = bearer("super_admin", subject="root")
HOST = bearer("service", subject="host")
BILLING = "/v1/billing/workspaces"
METERING = "/v1/metering/workspaces"


@contextmanager
def composed(directory: Path, **urls: str) -> Iterator[Composition]:
    """What a command of the command line has."""
    chosen: dict[str, Any] = {"env": "test", "data_dir": directory, "jwt_secret": SECRET}
    made = Composition(Settings.model_validate({**chosen, **urls}))
    yield made
    for schema in made.schemas():
        schema.database.close()


def healed(composition: Composition) -> list[str]:
    told: list[str] = []
    assert heal(composition, told.append, dry_run=False)
    return told


def assign(client: TestClient, workspace: str, plan: str) -> None:
    answer = client.put(f"{BILLING}/{workspace}/plan", json={"plan": plan}, headers=ADMIN)
    assert answer.status_code == 200, answer.text


def message(client: TestClient, usage_id: str) -> int:
    path = f"{METERING}/acme/messages"
    return client.post(path, json={"id": usage_id}, headers=HOST).status_code


def entitled(client: TestClient) -> tuple[str, int]:
    answer = client.get(f"{METERING}/acme/entitlements", headers=HOST).json()
    return answer["plan"], answer["used"]["messages"]


def leave(server: str, url: str) -> None:
    """Nobody stays connected."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server) as connection:
        connection.execute(query, (conninfo_to_dict(url)["dbname"],))


def is_true(composition: Composition) -> bool:
    """Everything but the chain, which differs from what was signed until somebody seals it anew."""
    composition.auditor.heads.reseal("restored")
    report = composition.auditor.verify(full=True, replay=True)
    publishers = composition.events.publishers
    assert not [t.name for t in derived_tables(composition) if t.compare(publishers)]
    return report.intact


class TestWhileProcessesRun:
    @pytest.mark.slow
    def test_they_stop_say_so_and_go_on_when_they_were_healed(
        self, database_url: str, tmp_path: Path
    ) -> None:
        url = as_url(database_url)
        with (
            whole_app(database_url, tmp_path) as client,
            composed(tmp_path, database_url=url) as composition,
        ):
            stores = composition.events.stores
            assign(client, "acme", "enterprise")
            wait_until(lambda: entitled(client)[0] == "enterprise", "metering has heard of it")
            assert [message(client, "m1"), message(client, "m2")] == [201, 201]
            wait_until(lambda: client.get("/readyz").json()["ready"], "all is applied")
            before = {name: store.head() for name, store in stores.items()}
            cut(stores["billing"], before["billing"] - 2)
            cut(stores["metering"], before["metering"] - 1)
            wait_until(lambda: "LogForked" in client.get("/readyz").text, "it says so")
            assert client.get("/readyz").status_code == 503
            told = healed(composition)
            assert "rebuilt: metering.plans" in told
            assert "rebuilt: plan_subscriptions" in told
            wait_until(lambda: client.get("/readyz").status_code == 200, "it goes on")
            wait_until(lambda: entitled(client) == ("free", 1), "quotas are of the new history")
            assert [message(client, "m1"), message(client, "m2")] == [200, 201]
            assign(client, "acme", "enterprise")
            wait_until(lambda: entitled(client) == ("enterprise", 2), "it is heard of again")
            assert is_true(composition)
            assert not heal(composition, told.append, dry_run=True)


@pytest.mark.slow
class TestOneOfSeveralDatabases:
    def test_is_restored_and_the_processes_are_started_again(
        self, database_url: str, postgres_url: str, tmp_path: Path
    ) -> None:
        """Metering, add-ons and the read models have their own database, which was not."""
        with fresh_database(postgres_url) as billing:
            with whole_app(database_url, tmp_path, billing_database_url=as_url(billing)):
                pass
            leave(postgres_url, billing)
            with cloned_database(postgres_url, billing) as backup:
                urls = {"billing_database_url": as_url(billing)}
                with whole_app(database_url, tmp_path, **urls) as client:
                    assign(client, "acme", "enterprise")
                    wait_until(lambda: entitled(client)[0] == "enterprise", "it is heard of")
                urls = {"billing_database_url": as_url(backup)}
                with (
                    whole_app(database_url, tmp_path, **urls) as client,
                    composed(tmp_path, database_url=as_url(database_url), **urls) as composition,
                ):
                    wait_until(lambda: "LogForked" in client.get("/readyz").text, "it says so")
                    assign(client, "emca", "enterprise")
                    assert entitled(client)[0] == "enterprise"
                    healed(composition)
                    wait_until(lambda: client.get("/readyz").status_code == 200, "it goes on")
                    wait_until(lambda: entitled(client)[0] == "free", "what was lost is forgotten")
                    assert is_true(composition)


class TestEpochs:
    @pytest.fixture
    def composition(self, database_url: str, tmp_path: Path) -> Iterator[Composition]:
        with composed(tmp_path, database_url=as_url(database_url)) as made:
            made.migrate()
            yield made

    def test_a_cut_begins_one_however_often_it_is_noticed(
        self, composition: Composition, database_url: str
    ) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "INSERT INTO projections.positions (consumer, service, partition, sequence, "
                "\"offset\") VALUES ('orders', 'addons', 0, 7, 0)"
            )
        [left] = astray(composition)
        assert str(left.fork) == "orders has applied addons:7, and its log has no event behind 0"
        assert [epoch.epoch for epoch in note_cuts(composition)] == [2]
        assert note_cuts(composition) == []
        epochs = Epochs(composition.events.stores["addons"].database)
        first = epochs.present()
        assert (first.epoch, first.head) == (2, 0)
        assert restored(composition, "a drill")["addons"].log == first.log

    def test_a_dry_run_changes_nothing(self, composition: Composition) -> None:
        told: list[str] = []
        assert not heal(composition, told.append, dry_run=True)
        assert told == []


class TestDamagedTables:
    def test_are_found_and_put_right(self, database_url: str, tmp_path: Path) -> None:
        url = as_url(database_url)
        with (
            whole_app(database_url, tmp_path) as client,
            composed(tmp_path, database_url=url) as composition,
        ):
            assign(client, "acme", "enterprise")
            assert message(client, "m1") == 201
            wait_until(lambda: entitled(client) == ("enterprise", 1), "it is counted")
            with psycopg.connect(database_url, autocommit=True) as connection:
                for statement in (
                    "UPDATE metering.metering_quotas SET used = 0",
                    "UPDATE metering.metering_workspace_plans SET slug = 'free'",
                    "DELETE FROM metering.metering_plans WHERE slug = 'free'",
                    "UPDATE metering.metering_runs SET last = 9",
                    "UPDATE billing.accounts SET version = 9",
                    "UPDATE billing.plans SET is_default = false",
                    "INSERT INTO addons.payment_methods VALUES ('x', 'stripe', 'c', 'm', 1)",
                ):
                    connection.execute(statement)
            differing = [
                table.name
                for table in derived_tables(composition)
                if table.compare(composition.events.publishers)
            ]
            assert differing == [
                *("billing.accounts", "billing.plans", "metering.quotas", "metering.plans"),
                "addons.payment_methods",
            ]
            assert healed(composition) == [f"put right: {name}" for name in differing]
            wait_until(
                lambda: entitled(client) == ("enterprise", 1), "memories are of what is stored"
            )
            assert is_true(composition)
