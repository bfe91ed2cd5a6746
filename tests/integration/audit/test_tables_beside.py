"""Tables that services keep beside their events: who changes them moves no event, and is found by
the row that no event makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.composition import Composition
from deploy.settings import Settings
from deploy.tables import derived_tables
from tests.support.postgres import fresh_database
from tests.support.tokens import SECRET, bearer
from tests.support.waiting import wait_until
from tests.support.whole_app import as_url, whole_app

pytestmark = pytest.mark.slow
ADMIN, HOST = bearer("super_admin", subject="root"), bearer("service", subject="host")
# What is found: the table, and a part of the row that is there and follows from nothing, or that
# follows and is not there.
ATTACKS = {
    "what was used is given back": (
        "UPDATE metering.metering_quotas SET used = 0 WHERE metric = 'message'",
        ("metering_quotas", "'message'"),
    ),
    "what is held is given back": (
        "UPDATE metering.metering_quotas SET held = 0 WHERE metric = 'conversation'",
        ("metering_quotas", "'conversation'"),
    ),
    "more was used": (
        "UPDATE metering.metering_quotas SET used = used + 1000",
        ("metering_quotas", "1002"),
    ),
    "a month is forgotten": ("DELETE FROM metering.metering_quotas", ("metering_quotas", "'acme'")),
    "a month is somebody else's": (
        "UPDATE metering.metering_quotas SET workspace = 'globex'",
        ("metering_quotas", "'globex'"),
    ),
    "a hold is removed": ("DELETE FROM metering.metering_holds", ("metering_holds", "'c1'")),
    "a hold ends sooner": (
        "UPDATE metering.metering_holds SET expires_at = now() - interval '1 day'",
        ("metering_holds", "'c1'"),
    ),
    "a workspace lives on another plan": (
        "UPDATE metering.metering_workspace_plans SET slug = 'free'",
        ("metering_workspace_plans", "'free'"),
    ),
    "a plan has other limits": (
        (
            "UPDATE metering.metering_plans SET "
            "limits = jsonb_set(limits, '{monthly_messages}', '9') "
            "WHERE slug = 'free'"
        ),
        ("metering_plans", "'free'"),
    ),
    "another plan is the default": (
        "UPDATE metering.metering_default_plans SET slug = 'enterprise'",
        ("metering_default_plans", "'enterprise'"),
    ),
    "an account has another version": (
        "UPDATE billing.accounts SET version = 9",
        ("accounts", "'acme'"),
    ),
    "an account is forgotten": ("DELETE FROM billing.accounts", ("accounts", "'acme'")),
    "a plan is forgotten": (
        "DELETE FROM billing.plans WHERE slug = 'enterprise'",
        ("plans", "'enterprise'"),
    ),
    "a payment method is made up": (
        "INSERT INTO addons.payment_methods VALUES ('acme', 'stripe', 'cus_9', 'pm_9', 1)",
        ("payment_methods", "'pm_9'"),
    ),
}


@pytest.fixture(scope="module")
def composition(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Composition]:
    directory: Path = tmp_path_factory.mktemp("data")
    with fresh_database(postgres_url) as url:
        with whole_app(url, directory) as client:
            path = "/v1/billing/workspaces/acme/plan"
            answer = client.put(path, json={"plan": "enterprise"}, headers=ADMIN)
            assert answer.status_code == 200, answer.text
            used = "/v1/metering/workspaces/acme"
            wait_until(
                lambda: (
                    client.get(f"{used}/entitlements", headers=HOST).json()["plan"] == "enterprise"
                ),
                "the plan is known",
            )
            for name in ("m1", "m2"):
                counted = client.post(f"{used}/messages", json={"id": name}, headers=HOST)
                assert counted.status_code == 201
            started = client.post(f"{used}/conversations", json={"id": "c1"}, headers=HOST)
            assert started.status_code == 201, started.text
        chosen = {"env": "test", "data_dir": directory, "jwt_secret": SECRET}
        built = Composition(Settings.model_validate({**chosen, "database_url": as_url(url)}))
        yield built
        for schema in built.schemas():
            schema.database.close()


def differing(composition: Composition) -> list[tuple[str, str]]:
    """Tables and rows."""
    report = composition.auditor.verify(full=True, replay=False, derived=True)
    assert [found for chain in report.chains for found in chain.findings] == []
    assert report.intact is not any(report.derived.values())
    return [
        (drift.table, row)
        for found in report.derived.values()
        for drift in found
        for row in (*drift.surplus_rows, *drift.missing_rows)
    ]


def test_what_nobody_touched_follows_from_the_logs(composition: Composition) -> None:
    assert differing(composition) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_changed_is_found_by_its_row(composition: Composition, attack: str) -> None:
    statement, (table, part) = ATTACKS[attack]
    with psycopg.connect(composition.url_of("billing"), autocommit=True) as connection:
        assert connection.execute(statement.encode()).rowcount
    try:
        rows = [row for name, row in differing(composition) if name == table]
        assert any(part in row for row in rows), rows
    finally:
        for each in derived_tables(composition):
            each.repair(composition.events.publishers)
    assert differing(composition) == []
