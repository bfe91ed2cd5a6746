"""`billing run` on a laptop: first start, second start, crashes, two at once, what goes wrong."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.cli import main
from deploy.version import VERSION
from tests.support.system import BILLING, RunningSystem, running_system


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """For tests that only look at it. The program itself, where other tests fork it."""
    system = RunningSystem(tmp_path_factory.mktemp("running"))
    try:
        system.spawn("run", [BILLING, "run"])
        system.await_ready()
        yield system
    finally:
        system.end()


def plan_slugs(system: RunningSystem) -> set[str]:
    return {plan["slug"] for plan in system.host().get("/v1/projections/plans").json()["data"]}


def create_plan(system: RunningSystem, slug: str) -> str:
    host = system.host()
    body = {"slug": slug, "name": slug, "monthly_conversations": 1, "price_cents": 0}
    answer = host.command(
        "POST", "/v1/billing/plans", host.token(roles=["super_admin"]), f"create-{slug}", body
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["x-event-position"]


class TestRun:
    def test_says_where_it_is_and_its_command_line_opens_the_api(
        self, running: RunningSystem
    ) -> None:
        for part in (running.url, f"{running.url}/docs", "billing token"):
            assert part in running.log
        assert {"free", "pro-monthly", "pro-yearly"} <= plan_slugs(running)
        token = running.cli("token", "--role", "super_admin").stdout.strip()
        answer = httpx.get(
            f"{running.url}/v1/projections/plans/admin",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        assert answer.status_code == 200

    def test_prints_links_that_open_pages(self, running: RunningSystem) -> None:
        made = running.cli("link", "--role", "support").stdout.strip()
        printed = re.findall(rf"{running.url}/session\?code=\S+", running.log)
        opened = {}
        for url in [*printed, made]:
            with httpx.Client(trust_env=False, follow_redirects=True) as browser:
                answer = browser.get(url)
            assert answer.status_code == 200, answer.text
            opened[answer.url.path] = answer.text
        assert set(opened) == {"/app/billing", "/admin", "/audit"}

    def test_tells_its_version(self, running: RunningSystem) -> None:
        assert running.cli("--version").stdout.strip() == f"billing {VERSION}"
        assert running.http.get("/openapi.json").json()["info"]["version"] == VERSION

    def test_keeps_its_files_from_other_users(
        self, running: RunningSystem, directory: Path
    ) -> None:
        kept = running.directory / "data"
        host = running.host()
        counted = host.command(
            *("POST", "/v1/metering/workspaces/acme/messages", host.token(roles=["service"])),
            *("kept", {"id": "message-1"}),
        )
        after, auditor = counted.headers["x-event-position"], host.token(roles=["auditor"])
        assert host.get("/v1/audit/events", auditor, after=after).status_code == 200
        bundle = directory / "bundle"
        running.cli("audit", "export", "--workspace", "acme", "--out", str(bundle))
        ours = [*kept.glob("*.secret"), *kept.glob("*.sqlite*"), bundle, *bundle.iterdir()]
        assert [each for each in ours if each.stat().st_mode & 0o077] == []
        assert kept.stat().st_mode & 0o066 == 0
        assert len(ours) > 8

    @pytest.mark.slow
    def test_what_was_answered_survives_kill_and_interrupt(self, directory: Path) -> None:
        with running_system(directory) as system:
            create_plan(system, "kept-over-kill")
            system.kill()
            system.start()
            after = create_plan(system, "kept-over-interrupt")
            system.interrupt()
            system.start()
            host = system.host()
            token = host.token(roles=["service"])
            shown = host.get("/v1/projections/plans", token, after=after).json()["data"]
            assert {"kept-over-kill", "kept-over-interrupt"} <= {plan["slug"] for plan in shown}

    def test_an_interrupt_ends_it_without_a_complaint(self, directory: Path) -> None:
        with running_system(directory) as system:
            create_plan(system, "whatever")
            before = system.log
            system.interrupt()
            said = system.log.removeprefix(before)
            assert "[warning" not in said
            assert "Traceback" not in said

    @pytest.mark.slow
    def test_two_run_side_by_side(self, directory: Path) -> None:
        with running_system(directory / "a") as one, running_system(directory / "b") as other:
            create_plan(one, "only-in-one")
            assert "only-in-one" not in plan_slugs(other)

    @pytest.mark.slow
    def test_stop_really_stops_the_database(self, directory: Path) -> None:
        with running_system(directory) as system:
            pid_file = directory / "data" / "postgres" / "postmaster.pid"
            pid = int(pid_file.read_text().split()[0])
            system.kill()
            assert psutil.pid_exists(pid)
            assert "is stopped" in system.cli("stop").stdout
            assert not psutil.pid_exists(pid)
            assert "was not running" in system.cli("stop").stdout


def exit_code(command: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(sys, "argv", ["billing", *command.split()])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


class TestWrongNames:
    @pytest.mark.parametrize(
        ("command", "told"),
        [
            ("rebuild usage_countres", "did you mean usage_counters?"),
            ("rebuild billing.invoice", "did you mean billing.invoices"),
            ("retry subscription", "there is no consumer 'subscription': did you mean"),
            (
                "what-if --plan pro-monthli --since 2026-01 --monthly-messages 1",
                "there is no plan 'pro-monthli': did you mean pro-monthly",
            ),
            (
                "audit export --workspace nosuch --out bundle",
                "there is no workspace with a history 'nosuch'",
            ),
            ("erase --workspace nosuch --confirm nosuch", "there is no workspace"),
        ],
    )
    def test_of_things_end_with_1_and_what_was_probably_meant(
        self,
        running: RunningSystem,
        command: str,
        told: str,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        assert exit_code(command, monkeypatch) == 1
        err = capfd.readouterr().err
        assert told in err
        assert len(err.splitlines()) == 1

    @pytest.mark.parametrize(
        ("command", "told"),
        [
            ("token --role suport", "there is no role 'suport': did you mean support?"),
            ("serve meter", "there is no part 'meter': did you mean metering?"),
            ("relay x", "there is no service 'x': there is addons, billing, metering"),
            ("check serve bilinlg", "did you mean serve billing"),
        ],
    )
    def test_of_the_command_line_are_wrong_use(
        self,
        command: str,
        told: str,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        assert exit_code(command, monkeypatch) == 2
        assert told in capfd.readouterr().err

    @pytest.mark.slow
    def test_a_shell_completes_commands_and_names(self, running: RunningSystem) -> None:
        asked = {
            "_BILLING_COMPLETE": "complete_bash",
            "COMP_WORDS": "billing serve ",
            "COMP_CWORD": "2",
        }
        done = subprocess.run(
            [BILLING],
            env={**running.variables, **asked},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stdout.split() == [
            "billing",
            "metering",
            "addons",
            "notifications",
            "projections",
        ]


class TestWhatGoesWrong:
    def test_a_busy_port_is_said_in_one_line(self, directory: Path) -> None:
        system = RunningSystem(directory)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", system.port))
            taken.listen()
            result = system.cli("run", check=False)
        assert result.returncode == 2
        assert len(result.stderr.strip().splitlines()) == 1
        assert f"{system.port} can't be listened on" in result.stderr

    @pytest.mark.slow
    def test_a_damaged_data_directory_is_said_in_one_line(self, directory: Path) -> None:
        with running_system(directory) as system:
            system.kill()
            system.cli("stop")
            (directory / "data" / "postgres" / "global" / "pg_control").write_bytes(b"\0" * 100)
            result = system.cli("run", check=False)
        assert result.returncode == 2
        assert len(result.stderr.strip().splitlines()) == 1
        assert "can't be used" in result.stderr

    def test_a_wrong_setting_is_said_in_one_line(self, directory: Path) -> None:
        system = RunningSystem(directory, environment={"BILLING_ENV": "staging"})
        result = system.cli("run", check=False)
        assert result.returncode == 2
        assert result.stderr.strip().splitlines() == [result.stderr.strip()]
        assert "BILLING_ENV" in result.stderr
