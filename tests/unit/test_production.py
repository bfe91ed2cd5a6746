"""BILLING_ENV=production refuses what only looks like an installation, a line for each."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from deploy.production import NEEDS, PUBLISHED, check_production
from deploy.settings import ConfigurationError, Settings

ROOT = Path(__file__).parents[2]
SOUND = {
    "env": "production",
    "public_url": "https://billing.example.com",
    "database_url": "postgresql://billing:a-long-password@db/billing?sslmode=verify-full",
    "jwt_secret": "j" * 40,
    "signing_key": base64.b64encode(b"k" * 32).decode(),
    "smtp_url": "smtps://mail.example.com",
    "team_notify_email": "team@example.com",
}


def lines(process: str = "run", **changes: str) -> list[str]:
    try:
        check_production(Settings(**{**SOUND, **changes}), process)  # type: ignore[arg-type]
    except ConfigurationError as error:
        return str(error).splitlines()
    return []


class TestSoundSettings:
    @pytest.mark.parametrize("process", NEEDS)
    def test_start_every_process(self, process: str) -> None:
        assert lines(process) == []

    def test_nothing_is_asked_of_development(self) -> None:
        assert check_production(Settings(env="development"), "run") == []

    @pytest.mark.parametrize("process", ["relay", "migrate", "seed"])
    def test_no_secret_is_asked_of_a_process_that_needs_none(self, process: str) -> None:
        assert lines(process, jwt_secret="", signing_key="", smtp_url="", public_url="") == []

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql:///billing",
            "postgresql:///billing?host=/var/run/postgresql",
            "postgresql://%2Fvar%2Frun/billing",
            "postgresql://db/billing?sslmode=require",
            "postgresql://one,two/billing?sslmode=verify-ca",
        ],
    )
    def test_a_database_over_tls_or_a_socket_is_fine(self, url: str) -> None:
        assert lines(database_url=url) == []


class TestObjections:
    @pytest.mark.parametrize(
        ("changes", "told", "exception"),
        [
            ({"database_url": ""}, "BILLING_DATABASE_URL is needed", ""),
            ({"jwt_secret": ""}, "BILLING_JWT_SECRET or BILLING_JWKS_URL is needed", ""),
            ({"signing_key": ""}, "BILLING_SIGNING_KEY is needed", ""),
            ({"public_url": ""}, "BILLING_PUBLIC_URL is needed", ""),
            ({"sandbox_profile": "stripe"}, "sandbox", ""),
            ({"smtp_url": ""}, "BILLING_SMTP_URL", "no-mail"),
            ({"team_notify_email": ""}, "BILLING_TEAM_NOTIFY_EMAIL", "no-mail"),
            ({"public_url": "http://billing.example.com"}, "BILLING_PUBLIC_URL", "http-urls"),
            ({"jwks_url": "http://id.example.com/jwks"}, "BILLING_JWKS_URL", "http-urls"),
            ({"otlp_endpoint": "http://collector:4318"}, "BILLING_OTLP_ENDPOINT", "http-urls"),
            ({"kafka_bootstrap_servers": "kafka:9092"}, "plaintext", "kafka-without-tls"),
            ({"database_url": "postgresql://db/billing"}, "sslmode", "postgres-without-tls"),
            ({"database_url": "postgresql://db/b?sslmode=prefer"}, "ssl", "postgres-without-tls"),
            ({"addons_database_url": "postgresql://db:5432/b"}, "ADDONS", "postgres-without-tls"),
            ({"database_url": "postgresql://127.0.0.1/b"}, "sslmode", "postgres-without-tls"),
            (
                {"stripe_api_key": "sk_test_0123456789abc", "stripe_webhook_secret": "w" * 30},
                "test key",
                "test-keys",
            ),
            (
                {"stripe_api_key": "rk_live_0123456789abc", "stripe_webhook_secret": "whsec_1"},
                "less than 16",
                "short-secrets",
            ),
            ({"paypal_api_base": "https://api-m.sandbox.paypal.com"}, "sandbox", "test-keys"),
        ],
    )
    def test_are_told_and_can_be_accepted_by_name_or_not_at_all(
        self, changes: dict[str, str], told: str, exception: str
    ) -> None:
        found = lines(**changes)
        assert len(found) == 1
        assert told in found[0]
        accepted = lines(**changes, production_accepts=exception or "no-mail")
        assert (accepted == []) == bool(exception)

    def test_all_are_told_at_once(self) -> None:
        assert len(lines(jwt_secret="", signing_key="", public_url="", smtp_url="")) == 4

    def test_what_is_accepted_is_told(self) -> None:
        settings = Settings(**{**SOUND, "smtp_url": "", "production_accepts": "no-mail"})  # type: ignore[arg-type]
        assert check_production(settings, "run") == ["no-mail"]


class TestPublishedSecrets:
    """Whatever a file of this repository shows is no secret."""

    EXAMPLE = re.compile(r"BILLING_(?:\w+_)?(?:SECRET|KEY|PASSWORD)\s*[:=]\s*(\S+)")
    FILES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "deploy/**/*.yaml", "examples/**/*")

    def published(self) -> set[str]:
        files = [each for glob in self.FILES for each in ROOT.glob(glob) if each.is_file()]
        texts = [each.read_text() for each in files if each.suffix != ".pyc"]
        values = {value for text in texts for value in self.EXAMPLE.findall(text)}
        inner = {re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value.strip("\"'")) for value in values}
        return {value for value in inner if len(value) >= 8 and not value.startswith("$")}

    def test_the_list_holds_every_example(self) -> None:
        assert self.published() <= PUBLISHED
        assert "a-secret-for-this-compose-file-only" in self.published()

    @pytest.mark.parametrize("accepted", ["", "short-secrets"])
    def test_they_are_refused_whatever_is_accepted(self, accepted: str) -> None:
        published = {
            "jwt_secret": "a-secret-for-this-compose-file-only",
            "signing_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "database_url": "postgresql://billing:billing@db/billing?sslmode=require",
        }
        for name, value in published.items():
            assert len(lines(**{name: value}, production_accepts=accepted)) == 1, name

    def test_an_old_one_in_a_list_is_refused_too(self) -> None:
        assert lines(jwt_secret=f"{'j' * 40},a-secret-for-this-compose-file-only")
