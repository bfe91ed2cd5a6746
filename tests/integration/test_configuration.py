"""Settings that are wrong, and surroundings that don't answer: one clear line, exit code 2."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from deploy.cli import main
from runtime.process.ports import free_port
from tests.support.local_server import Answer, LocalServer

NOWHERE = f"127.0.0.1:{free_port()}"
WRONG: list[tuple[dict[str, str], str]] = [
    ({"BILLING_DATABSE_URL": "postgresql:///x"}, "did you mean BILLING_DATABASE_URL?"),
    ({"BILLING_STRIPE_KEY": "sk_live_1"}, "did you mean BILLING_STRIPE_API_KEY?"),
    ({"BILLING_JWT_SECRETS": "s" * 40}, "did you mean BILLING_JWT_SECRET?"),
    ({"billing_prot": "8000"}, "did you mean BILLING_PORT?"),
    ({"BILLING_QQXXZZ": "1"}, "BILLING_QQXXZZ is not a setting"),
    ({"BILLING_[red]": "1"}, "BILLING_[red] is not a setting"),
    ({"BILLING_STRIPE_API_KEY": "pk_live_1", "BILLING_STRIPE_WEBHOOK_SECRET": "w"}, "public key"),
    ({"BILLING_STRIPE_API_KEY": "whsec_1", "BILLING_STRIPE_WEBHOOK_SECRET": "w"}, "sk_"),
    ({"BILLING_STRIPE_API_KEY": "sk_1", "BILLING_STRIPE_WEBHOOK_SECRET": "sk_1"}, "whsec_"),
    ({"BILLING_TEAM_NOTIFY_EMAIL": "team"}, "BILLING_TEAM_NOTIFY_EMAIL: must be one e-mail"),
    ({"BILLING_TEAM_NOTIFY_EMAIL": "a@b.c,d@e.f"}, "must be one e-mail"),
    ({"BILLING_TEAM_NOTIFY_EMAIL": "a@b.c\nBcc: d@e.f"}, "must be one e-mail"),
    ({"BILLING_MAIL_FROM": "Billing <a@b.c>"}, "BILLING_MAIL_FROM: must be one e-mail"),
    ({"BILLING_DATABASE_URL": "mysql://x"}, "BILLING_DATABASE_URL: must be a postgresql"),
    ({"BILLING_DATABASE_URL": "postgresql://[::1/x"}, "BILLING_DATABASE_URL: must be a postgresql"),
    ({"BILLING_DATABASE_URL": f"postgresql://{NOWHERE}/x"}, "BILLING_DATABASE_URL: connection"),
    ({"BILLING_DATABASE_URL": "postgresql://nowhere.invalid/x"}, "BILLING_DATABASE_URL: "),
    ({"BILLING_DATABASE_URL": "postgresql:///x?no_such=1"}, "BILLING_DATABASE_URL: invalid"),
    ({"BILLING_METERING_DATABASE_URL": f"postgresql://{NOWHERE}/x"}, "BILLING_METERING_DATABASE"),
    ({"BILLING_JWKS_URL": f"http://{NOWHERE}/jwks"}, "BILLING_JWKS_URL: "),
    ({"BILLING_JWKS_URL": "ftp://id/jwks"}, "BILLING_JWKS_URL: must be an http"),
    ({"BILLING_JWKS_URL": "https://"}, "BILLING_JWKS_URL: must be an http"),
    ({"BILLING_PUBLIC_URL": "localhost:8000"}, "BILLING_PUBLIC_URL: must be an http"),
    ({"BILLING_PUBLIC_URL": "http://[::1"}, "BILLING_PUBLIC_URL: must be an http"),
    ({"BILLING_PUBLIC_URL": "http://host:99999"}, "BILLING_PUBLIC_URL: must be an http"),
    ({"BILLING_SMTP_URL": "mail.example.com"}, "BILLING_SMTP_URL: must be an smtp"),
    ({"BILLING_OTLP_ENDPOINT": "collector:4318"}, "BILLING_OTLP_ENDPOINT: must be an http"),
    ({"BILLING_KAFKA_BOOTSTRAP_SERVERS": "kafka"}, "must read host:port"),
    ({"BILLING_KAFKA_USERNAME": "billing"}, "BILLING_KAFKA_PASSWORD is missing"),
    ({"BILLING_KAFKA_CA_FILE": "/nowhere/ca.crt"}, "/nowhere/ca.crt is no file"),
    ({"BILLING_DATA_DIR": "/proc/nowhere/data"}, "BILLING_DATA_DIR: "),
    ({"BILLING_DATA_DIR": "/dev/null/data"}, "BILLING_DATA_DIR: "),
    ({"BILLING_DATA_DIR": "/dev/null"}, "BILLING_DATA_DIR: "),
    ({"BILLING_PORT": "http"}, "BILLING_PORT: "),
    ({"BILLING_ENV": "prod"}, "BILLING_ENV: "),
    ({"BILLING_JWT_SECRET": f"{'s' * 40},short"}, "at least 32 characters"),
    ({"BILLING_SIGNING_KEY": "MDEyMw=="}, "32 bytes in base64"),
    ({"BILLING_PRODUCTION_ACCEPTS": "no-mails"}, "did you mean no-mail?"),
]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def billing(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Its exit code."""
    monkeypatch.setattr(sys, "argv", ["billing", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


class TestWrongSettings:
    @pytest.mark.parametrize(("variables", "told"), WRONG)
    def test_keep_a_process_from_starting(
        self,
        variables: dict[str, str],
        told: str,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert billing("run", monkeypatch=monkeypatch) == 2
        out, err = capfd.readouterr()
        assert told in err
        assert len((out + err).splitlines()) == 1

    @pytest.mark.parametrize(("variables", "told"), WRONG)
    def test_are_found_by_the_check(
        self,
        variables: dict[str, str],
        told: str,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert billing("check", monkeypatch=monkeypatch) == 2
        out, err = capfd.readouterr()
        assert told in out
        assert "Traceback" not in out + err

    def test_a_misspelt_variable_of_a_dotenv_file_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / ".env").write_text("BILLING_PROT=9001\nOTHER=1\n")
        assert billing("check", monkeypatch=monkeypatch) == 2
        assert "BILLING_PROT in .env is not a setting: did you mean BILLING_PORT?" in (
            capfd.readouterr().out
        )

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"BILLING_PORT=\x00\n"])
    def test_a_damaged_dotenv_file_is_told_in_a_line(
        self,
        content: bytes,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / ".env").write_bytes(content)
        assert billing("run", monkeypatch=monkeypatch) == 2
        assert len(capfd.readouterr().err.splitlines()) == 1

    def test_all_of_them_are_told_at_once(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("BILLING_PROT", "BILLING_HOTS"):
            monkeypatch.setenv(name, "x")
        monkeypatch.setenv("BILLING_PORT", "x")
        assert billing("check", monkeypatch=monkeypatch) == 2
        assert len(capfd.readouterr().out.splitlines()) == 3

    def test_a_secret_is_not_told(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("BILLING_DATABASE_URL", f"postgresql://ann:hush@{NOWHERE}/x")
        monkeypatch.setenv("BILLING_JWT_SECRET", "hush")
        billing("check", monkeypatch=monkeypatch)
        assert "hush" not in "".join(capfd.readouterr())


class TestRightSettings:
    def test_are_told_to_be_well(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        postgres_url: str,
    ) -> None:
        monkeypatch.setenv("BILLING_DATABASE_URL", postgres_url)
        assert billing("check", monkeypatch=monkeypatch) == 0
        out = capfd.readouterr().out
        assert "BILLING_DATABASE_URL: ok" in out
        assert "run: all is well" in out

    def test_an_answer_that_is_no_key_set_is_told(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        server = LocalServer(lambda _: Answer(200, "<html>"))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("BILLING_JWKS_URL", f"http://127.0.0.1:{server.server_port}")
        assert billing("check", monkeypatch=monkeypatch) == 2
        assert "BILLING_JWKS_URL: the answer is no JSON object" in capfd.readouterr().out
        server.shutdown()
        server.server_close()

    def test_an_unknown_process_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert billing("check", "serve", "nothing", monkeypatch=monkeypatch) == 2


def test_the_help_names_the_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert billing("--help", monkeypatch=monkeypatch) == 0
    assert "Exit codes: 0 done" in capfd.readouterr().out
