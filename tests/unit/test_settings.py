"""Configuration is checked before anything starts, and says what is wrong in one line."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from deploy.data_directory import development_secret
from deploy.setting_loading import load_settings
from deploy.settings import ConfigurationError, Settings

PRODUCTION = {
    "BILLING_ENV": "production",
    "BILLING_DATABASE_URL": "postgresql://db/billing",
    "BILLING_JWT_SECRET": "s" * 40,
    "BILLING_SIGNING_KEY": base64.b64encode(b"k" * 32).decode(),
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


class TestDefaults:
    def test_nothing_needs_to_be_set(self) -> None:
        settings = load_settings()
        assert (settings.origin, settings.sandbox) == ("http://127.0.0.1:8000", "stripe")

    def test_an_empty_variable_is_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert load(monkeypatch, {"BILLING_PORT": ""}).port == 8000

    def test_a_dotenv_file_is_read(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("BILLING_PORT=9001\n")
        assert load_settings().port == 9001


class TestWrongValues:
    @pytest.mark.parametrize(
        ("variables", "message"),
        [
            ({"BILLING_PORT": "seventy"}, "BILLING_PORT: "),
            ({"BILLING_PORT": "70000"}, "BILLING_PORT: "),
            ({"BILLING_ENV": "prod"}, "BILLING_ENV: "),
            ({"BILLING_DATABASE_URL": "mysql://x"}, "BILLING_DATABASE_URL: must be a postgresql"),
            ({"BILLING_SMTP_URL": "mail.example.com"}, "BILLING_SMTP_URL: must be an smtp"),
            ({"BILLING_KAFKA_PREFIX": "two words"}, "BILLING_KAFKA_PREFIX: "),
            ({"BILLING_OTLP_ENDPOINT": "collector:4318"}, "BILLING_OTLP_ENDPOINT: must be an http"),
            ({"BILLING_JWT_SECRET": "short"}, "at least 32 characters"),
            ({"BILLING_SIGNING_KEY": "???"}, "32 bytes in base64"),
            ({"BILLING_OIDC_ROLES": "staff=owner"}, "BILLING_OIDC_ROLES: must read group=role"),
            ({"BILLING_OIDC_ISSUER": "https://id.example"}, "BILLING_OIDC_ROLES are missing"),
            ({"BILLING_STRIPE_API_KEY": "sk_x"}, "BILLING_STRIPE_WEBHOOK_SECRET is missing"),
        ],
    )
    def test_name_the_variable_in_one_line(
        self, variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ConfigurationError) as refused:
            load(monkeypatch, variables)
        assert message in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_a_secret_is_not_in_the_message(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConfigurationError) as refused:
            load(monkeypatch, {"BILLING_JWT_SECRET": "tooshort-hush"})
        assert "hush" not in str(refused.value)


class TestProduction:
    def test_starts_with_everything_given_and_without_the_sandbox(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert load(monkeypatch, PRODUCTION).sandbox is None

    def test_generates_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConfigurationError):
            development_secret(load(monkeypatch, PRODUCTION), "jwt")


class TestDevelopmentSecrets:
    def test_are_made_once_and_readable_by_their_owner_alone(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "data")
        first = development_secret(settings, "jwt")
        assert development_secret(settings, "jwt") == first
        assert len(first) == 32
        assert (tmp_path / "data" / "jwt.secret").stat().st_mode & 0o077 == 0
