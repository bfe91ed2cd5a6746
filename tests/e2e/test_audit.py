"""An auditor's day at the real process: prove, export, erase, ask what if."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.composition import POSTGRES_DIRECTORY
from deploy.demo.host import Host, eventually
from runtime.postgres import embedded_server
from tests.e2e.conftest import Start
from tests.support.system import RunningSystem

ADDON = "professional-ai-setup"
RETURN = "https://app.example/billing"
# What the host's tokens and the settings below say about people.
PERSONAL = ("demo@example.com", "Demo Buyer", "books@personal.example")


@pytest.fixture(scope="module")
def system(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with start(tmp_path_factory.mktemp("system")) as running:
        live(running.host())
        yield running


def live(host: Host) -> None:
    """Two workspaces with people in them: subscribed, used, an add-on bought."""
    admin = host.token(roles=["super_admin"])
    answer = host.send("PATCH", f"/v1/addons/catalog/{ADDON}", admin, json={"is_active": True})
    assert answer.status_code == 200, answer.text
    for workspace in ("acme", "globex"):
        owner = host.member_token(workspace)
        settings = {"billing_email": "books@personal.example"}
        host.send("PATCH", f"/v1/billing/workspaces/{workspace}/settings", owner, json=settings)
        checkout = {
            "plan": "pro-monthly",
            "gateway": "sandbox",
            "success_url": RETURN,
            "cancel_url": RETURN,
        }
        path = f"/v1/billing/workspaces/{workspace}/checkout"
        page = host.command("POST", path, owner, f"checkout-{workspace}", checkout).json()
        host.press(page["url"], "Approve")
        await_plan(host, workspace)
        meter(host, workspace)
        path = f"/v1/addons/workspaces/{workspace}/purchases"
        bought = host.command("POST", path, owner, f"addon-{workspace}", {"addon": ADDON})
        assert bought.status_code == 201, bought.text


def await_plan(host: Host, workspace: str) -> None:
    path = f"/v1/projections/workspaces/{workspace}/subscription"
    token = host.member_token(workspace)
    eventually(
        lambda: host.get(path, token).json(), lambda s: s.get("status") == "active", workspace
    )


def meter(host: Host, workspace: str) -> None:
    events = [
        {"id": f"c{number}", "workspace_id": workspace, "metric": "conversation"}
        for number in range(60)
    ]
    service = host.token(roles=["service"])
    answer = host.send("POST", "/v1/metering/events", service, json={"events": events})
    assert answer.status_code == 200, answer.text


def audited(system: RunningSystem, path: str, **query: Any) -> Any:
    host = system.host()
    return host.get(f"/v1/audit/{path}", host.token(roles=["auditor"]), **query).json()


def await_ledger(system: RunningSystem, workspace: str, event_type: str) -> Any:
    return eventually(
        lambda: audited(system, "events", workspace=workspace, type=event_type, limit=500)["data"],
        bool,
        event_type,
    )


def stored(system: RunningSystem) -> str:
    """Every row of every table as text, bytes as hex."""
    url = embedded_server.start(system.directory / "data" / POSTGRES_DIRECTORY)
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return "\n".join(
            str(row[0])
            for (table,) in tables
            for row in connection.execute(f"SELECT t::text FROM {table} AS t".encode())
        )


def exported(directory: Path) -> str:
    return "\n".join(path.read_text() for path in directory.iterdir())


def personal_in(text: str) -> list[str]:
    return [mark for mark in PERSONAL if mark in text or mark.encode().hex() in text]


def cancel(system: RunningSystem, workspace: str) -> None:
    host = system.host()
    path = f"/v1/billing/workspaces/{workspace}/subscription/cancel"
    answer = host.command("POST", path, host.member_token(workspace), f"cancel-{workspace}", {})
    assert answer.json()["status"] == "grace", answer.text


@pytest.mark.slow
class TestAuditorsDay:
    def test_heads_that_were_kept_are_what_history_is_compared_with(
        self, system: RunningSystem, tmp_path: Path
    ) -> None:
        kept = tmp_path / "heads.jsonl"
        kept.write_text(system.cli("audit", "head").stdout)
        heads = [json.loads(line) for line in kept.read_text().splitlines()]
        assert {head["service"] for head in heads} == {"billing", "metering", "addons"}
        shown = audited(system, "heads")
        assert [head["chain"] for head in shown["data"]] == [head["chain"] for head in heads]
        assert system.cli("verify", "--no-replay", "--against", str(kept)).returncode == 0
        heads[0]["chain"] = "0" * 64
        kept.write_text(json.dumps(heads[0]))
        refused = system.cli("verify", "--no-replay", "--against", str(kept), check=False)
        assert (refused.returncode, "not signed by this system" in refused.stderr) == (2, True)

    def test_the_subscription_and_its_webhook_are_in_the_list(self, system: RunningSystem) -> None:
        [event] = await_ledger(system, "acme", "billing.PlanSubscribed.v1")
        caused = audited(system, f"causes/{event['causation_id']}")["data"]
        assert event["id"] in [each["id"] for each in caused]

    def test_verify_finds_all_intact(self, system: RunningSystem) -> None:
        done = system.cli("verify", "--json", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout)
        assert {model["model"] for model in report["read_models"]} >= {"audit_trail", "orders"}

    def test_verify_exits_1_and_says_where_history_was_altered(self, system: RunningSystem) -> None:
        url = embedded_server.start(system.directory / "data" / POSTGRES_DIRECTORY)
        move = "UPDATE billing.billing_events SET recorded_at = recorded_at + %s::interval "
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(move + "WHERE notification_id = 3", ("1 second",))
            done = system.cli("verify", "--full", "--no-replay", check=False)
            connection.execute(move + "WHERE notification_id = 3", ("-1 second",))
        assert done.returncode == 1
        assert "billing:3 altered" in done.stdout

    def test_what_if_names_who_would_have_been_refused(self, system: RunningSystem) -> None:
        done = system.cli(
            *("what-if", "--plan", "pro-monthly", "--monthly-conversations", "50"),
            *("--since", "2026-01", "--json"),
        )
        refused = json.loads(done.stdout)
        assert [(each["workspace"], each["refused"]) for each in refused] == [
            ("acme", 10),
            ("globex", 10),
        ]
        assert all(each["first_at"] for each in refused)

    def test_erasing_leaves_no_personal_string_and_all_money_verifiable(
        self, system: RunningSystem
    ) -> None:
        await_ledger(system, "acme", "addons.AddonPaid.v1")
        before = system.directory / "before"
        system.cli("audit", "export", "--workspace", "acme", "--out", str(before))
        denied = system.cli("erase", "--workspace", "acme", "--confirm", "globex", check=False)
        assert denied.returncode == 2
        charged = system.cli("erase", "--workspace", "acme", "--confirm", "acme", check=False)
        assert "pays for a subscription" in charged.stdout + charged.stderr
        cancel(system, "acme")
        system.cli("erase", "--workspace", "acme", "--confirm", "acme")
        await_ledger(system, "acme", "billing.WorkspaceErased.v1")
        after = system.directory / "after"
        system.cli("audit", "export", "--workspace", "acme", "--out", str(after))
        assert personal_in(stored(system) + exported(before) + exported(after)) == []
        assert system.cli("verify", check=False).returncode == 0
        [figures] = [json.loads((after / "figures.json").read_text())]
        assert figures["purchases"][0]["price_cents"] == 49_900
        assert figures["subscription"]["plan"] == "pro-monthly"
        self.orders_name_only_who_was_not_erased(system)

    def orders_name_only_who_was_not_erased(self, system: RunningSystem) -> None:
        host = system.host()
        orders = host.get("/v1/projections/orders", host.token(roles=["super_admin"])).json()
        shown = {order["workspace_id"]: json.dumps(order) for order in orders["data"]}
        assert personal_in(shown["acme"]) == []
        assert personal_in(shown["globex"])

    def test_all_events_are_exported_over_http_and_by_the_command(
        self, system: RunningSystem
    ) -> None:
        host, out = system.host(), system.directory / "globex.jsonl"
        asked = ("--workspace", "globex", "--format", "jsonl", "--out", str(out))
        system.cli("audit", "export", *asked)
        token = host.token(roles=["auditor"])
        answer = host.get("/v1/audit/export", token, format="jsonl", workspace="globex")
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.content.startswith(out.read_bytes())
        assert json.loads(out.read_text().splitlines()[0])["workspace"] == "globex"
        again = system.cli("audit", "export", *asked, check=False)
        assert (again.returncode, "exists" in again.stderr) == (2, True)

    def test_a_bundle_is_checked_while_the_database_is_stopped(self, system: RunningSystem) -> None:
        bundle = system.directory / "globex"
        system.cli("audit", "export", "--workspace", "globex", "--out", str(bundle))
        system.interrupt()
        system.cli("stop")
        done = system.cli("audit", "verify", str(bundle), "--json", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        outcome = json.loads(done.stdout)
        assert outcome["figures"]["usage"]
        events = bundle / "events.jsonl"
        events.write_bytes(events.read_bytes().replace(b"globex", b"glob3x", 1))
        assert system.cli("audit", "verify", str(bundle), check=False).returncode == 1
