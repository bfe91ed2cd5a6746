"""Tables that services keep beside their events: who changes them moves no event, and is found by
the row that no event makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from fastapi.testclient import TestClient

from deploy.composition import Composition
from deploy.settings import Settings
from deploy.tables import derived_tables
from tests.support.postgres import fresh_database
from tests.support.tokens import SECRET, bearer
from tests.support.waiting import wait_until
from tests.support.whole_app import as_url, whole_app

pytestmark = pytest.mark.slow
BILLING, METERING = (f"/v1/{name}/workspaces/initech" for name in ("billing", "metering"))
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
    "credits are given": (
        "UPDATE metering.metering_balances SET amount = amount + 1000 WHERE name = 'grant:gift'",
        ("metering_balances", "'grant:gift'"),
    ),
    "what a meter counted is given back": (
        "UPDATE metering.metering_balances SET amount = 0 WHERE starts_with(name, 'used:')",
        ("metering_balances", "'initech', 'tokens', 'used:"),
    ),
    "an account is emptied": (
        "DELETE FROM metering.metering_accounts",
        ("metering_accounts", "'initech'"),
    ),
    "an account stands as at another place of the log": (
        "UPDATE metering.metering_accounts SET position = position + 1",
        ("metering_accounts", "'tokens'"),
    ),
    "a grant never ends": (
        "UPDATE metering.metering_grants SET expires_at = NULL WHERE id = 'gift'",
        ("metering_grants", "'gift'"),
    ),
    "a grant is revived": (
        "UPDATE metering.metering_grants SET ended = NULL WHERE id = 'mistake'",
        ("metering_grants", "'mistake'"),
    ),
    "a grant is burnt first": (
        "UPDATE metering.metering_grants SET priority = 1 WHERE id = 'gift'",
        ("metering_grants", "'gift'"),
    ),
    "what is reserved is held for ever": (
        "UPDATE metering.metering_reservations SET expires_at = '2199-01-01' WHERE id = 'turn-1'",
        ("metering_reservations", "'turn-1'"),
    ),
    "a reservation holds for ever": (
        "UPDATE metering.metering_reservations SET expires_at = 'infinity' WHERE id = 'turn-1'",
        ("metering_reservations", "'turn-1'"),
    ),
    "a booking is hidden": (
        "DELETE FROM metering.metering_ledger",
        ("metering_ledger", "'initech'"),
    ),
    "bought credits are granted to another": (
        "UPDATE metering.metering_purchased_credits SET workspace = 'globex'",
        ("metering_purchased_credits", "'globex'"),
    ),
    "bought credits are more": (
        (
            "UPDATE metering.metering_purchased_credits "
            "SET grants = jsonb_set(grants, '{0,amount}', '9')"
        ),
        ("metering_purchased_credits", "9"),
    ),
    "credits are bought sooner": (
        "UPDATE metering.metering_top_ups SET below = 100000",
        ("metering_top_ups", "100000"),
    ),
    "a rule is hidden": ("DELETE FROM addons.top_ups", ("top_ups", "'tokens'")),
    "credits run low by somebody's word": (
        (
            "INSERT INTO addons.top_ups_due (low_id, workspace, meter, rule_id, said_at, done) "
            "VALUES ('low-9', 'initech', 'tokens', 'tup_9', now(), true)"
        ),
        ("top_ups_due", "'low-9'"),
    ),
}


def buy_by_itself(client: TestClient) -> None:
    """A declared meter of initech: a gift, a grant by mistake, a reservation, usage, and a rule
    that has bought credits."""
    owner = bearer(subject="ann", initech="owner")
    home = {"success_url": "https://app.example.com/", "cancel_url": "https://app.example.com/"}
    asked = {"plan": "pro-monthly", "gateway": "sandbox", **home}
    page = answered(client.post(f"{BILLING}/checkout", json=asked, headers=owner))["url"]
    paid = client.post(urlsplit(page).path, data={"outcome": "approve"}, follow_redirects=False)
    assert paid.status_code == 303, paid.text
    answered(client.post(f"{BILLING}/reconcile", headers=owner))
    meter = {"unit": "tokens", "aggregation": "sum", "dimensions": []}
    answered(client.put("/v1/metering/meters/tokens", json=meter, headers=ADMIN))
    given = {"quotas": {"tokens": {"limit": 10, "mode": "hard"}}}
    answered(client.put(f"{BILLING}/overrides", json=given, headers=ADMIN))
    addon = {"slug": "pack", "name": "Tokens", "kind": "credits", "price_cents": 900}
    grants = [{"meter": "tokens", "amount": 1000, "expires_in_days": 30}]
    pack = {**addon, "currency": "USD", "is_active": True, "grants": grants}
    answered(client.post("/v1/addons/catalog", json=pack, headers=ADMIN))
    rule = {"addon": "pack", "below": 100}
    path = "/v1/addons/workspaces/initech/top-ups/tokens"
    wait_until(
        lambda: client.put(path, json=rule, headers=owner).status_code == 200, "a card is saved"
    )
    wait_until(lambda: use_tokens(client).is_success, "the meter and its quota are known")
    wait_until(
        lambda: b"purchase" in client.get(f"{METERING}/credits", headers=HOST).content,
        "credits were bought",
    )


def use_tokens(client: TestClient) -> Any:
    for path, body in (
        ("grants", {"id": "gift", "amount": 5, "expires_at": "2099-01-01T00:00:00Z"}),
        ("grants", {"id": "mistake", "amount": 7}),
        ("grants/mistake/revoke", {"reason": "by mistake"}),
        ("reservations", {"id": "turn-1", "amount": 3}),
        ("usage", {"id": "turn-0", "value": 2}),
    ):
        asked = body if "reason" in body else {"meter": "tokens", **body}
        answer = client.post(f"{METERING}/{path}", json=asked, headers=HOST)
        if not answer.is_success:
            return answer
    return answer


def answered(answer: Any) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


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
            buy_by_itself(client)
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
