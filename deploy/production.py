"""What BILLING_ENV=production asks of the settings, before a process starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from deploy.setting_types import several, variable
from deploy.settings import PARTS, ConfigurationError, Settings
from deploy.unknown_variables import suggestion

Need = Literal["database", "tokens", "signing", "public_url", "mail", "gateways"]
# What each process needs beside the feed. Secrets of others stay away from it.
NEEDS: dict[str, frozenset[Need]] = {
    "run": frozenset({"database", "tokens", "signing", "public_url", "mail", "gateways"}),
    "serve billing": frozenset({"database", "tokens", "public_url", "gateways"}),
    "serve metering": frozenset({"database", "tokens", "signing"}),
    "serve addons": frozenset({"database", "tokens", "public_url", "mail", "gateways"}),
    "serve notifications": frozenset({"database", "tokens", "mail"}),
    "serve projections": frozenset({"database", "tokens", "signing"}),
    "serve pages": frozenset({"public_url"}),
    "project": frozenset({"database", "signing"}),
    "relay": frozenset({"database"}),
    "migrate": frozenset({"database"}),
    "seed": frozenset({"database"}),
}
# Those of this repository's files, which everybody knows.
PUBLISHED = frozenset(
    {
        "a-secret-for-this-compose-file-only",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "billing",
        "postgres",
        "password",
        "changeme",
    }
)
SECRETS = (
    "jwt_secret",
    "session_secret",
    "oidc_client_secret",
    "signing_key",
    "stripe_api_key",
    "stripe_webhook_secret",
    "paypal_client_secret",
    "razorpay_key_secret",
    "razorpay_webhook_secret",
    "kafka_password",
)
SHORTEST_SECRET = 16
SHORTEST_PASSWORD = 8
BASES = (
    "public_url",
    "jwks_url",
    "oidc_issuer",
    "stripe_api_base",
    "paypal_api_base",
    "razorpay_api_base",
    "otlp_endpoint",
)
TLS_MODES = frozenset({"require", "verify-ca", "verify-full"})
# What BILLING_PRODUCTION_ACCEPTS may name.
EXCEPTIONS = (
    "http-urls",
    "kafka-without-tls",
    "no-mail",
    "postgres-without-tls",
    "short-secrets",
    "test-keys",
)


@dataclass(frozen=True, slots=True)
class Objection:
    """`exception` is the name under which it can be accepted; empty: it can't."""

    text: str
    exception: str = ""

    def line(self) -> str:
        hint = f" (or BILLING_PRODUCTION_ACCEPTS={self.exception})" if self.exception else ""
        return f"production: {self.text}{hint}"


def check_production(settings: Settings, process: str) -> list[str]:
    """Names of the exceptions that were made use of; empty outside production. Raises
    ConfigurationError with a line for each objection."""
    accepted = several(settings.production_accepts)
    found = list(objections(settings, NEEDS[process])) if settings.env == "production" else []
    refused = [each.line() for each in found if each.exception not in accepted]
    refused += [
        f"BILLING_PRODUCTION_ACCEPTS: {name!r} is no exception{suggestion(name, EXCEPTIONS)}"
        for name in accepted
        if name not in EXCEPTIONS
    ]
    if refused:
        raise ConfigurationError("\n".join(refused))
    return sorted({each.exception for each in found})


def objections(settings: Settings, needs: frozenset[Need]) -> Iterator[Objection]:
    yield from _missing(settings, needs)
    yield from _secrets(settings)
    yield from _addresses(settings, needs)
    yield from _databases(settings)
    if settings.kafka_bootstrap_servers and not settings.kafka_username:
        text = "BILLING_KAFKA_USERNAME is not set: Kafka would be spoken to in plaintext"
        yield Objection(text, "kafka-without-tls")


def _missing(settings: Settings, needs: frozenset[Need]) -> Iterator[Objection]:
    if "database" in needs and not any([settings.database_url, *map(settings.own_url, PARTS)]):
        yield Objection("BILLING_DATABASE_URL is needed: there is no embedded PostgreSQL")
    if "tokens" in needs and not settings.jwt_secret and not settings.jwks_url:
        yield Objection("BILLING_JWT_SECRET or BILLING_JWKS_URL is needed")
    if "signing" in needs and not settings.signing_key:
        yield Objection("BILLING_SIGNING_KEY is needed")
    if "mail" in needs and not settings.smtp_url:
        yield Objection("BILLING_SMTP_URL is needed: no mail would be sent", "no-mail")
    if "mail" in needs and not (settings.team_notify_email or settings.team_chat_url):
        text = "BILLING_TEAM_NOTIFY_EMAIL is needed: nobody would be told of a paid add-on"
        yield Objection(text, "no-mail")
    if "sandbox_profile" in settings.model_fields_set and settings.sandbox_profile != "off":
        yield Objection("the sandbox gateway takes no money: BILLING_SANDBOX_PROFILE=off")


def _secrets(settings: Settings) -> Iterator[Objection]:
    for name in SECRETS:
        for secret in several(getattr(settings, name)):
            if secret in PUBLISHED:
                yield Objection(f"{variable(name)} is an example that everybody can read")
            elif len(secret) < SHORTEST_SECRET:
                text = f"{variable(name)} has less than {SHORTEST_SECRET} characters"
                yield Objection(text, "short-secrets")
    for name in ("stripe_api_key", "razorpay_key_id"):
        if "_test_" in getattr(settings, name):
            yield Objection(f"{variable(name)} is a test key: no money would move", "test-keys")


def _addresses(settings: Settings, needs: frozenset[Need]) -> Iterator[Objection]:
    for name in BASES:
        url = getattr(settings, name)
        if url.startswith("http://"):
            yield Objection(f"{variable(name)} must begin with https://", "http-urls")
        if name.endswith("api_base") and "sandbox" in url:
            yield Objection(f"{variable(name)} is a sandbox: no money would move", "test-keys")
    if "public_url" in needs and not settings.public_url:
        yield Objection("BILLING_PUBLIC_URL is needed: where browsers and gateways reach us")


def _databases(settings: Settings) -> Iterator[Objection]:
    for name in ("database_url", *(f"{part}_database_url" for part in PARTS)):
        url = getattr(settings, name)
        if not url:
            continue
        password = unquote(urlsplit(url).password or "")
        if password in PUBLISHED:
            yield Objection(f"{variable(name)} holds an example's password")
        elif password and len(password) < SHORTEST_PASSWORD:
            text = f"{variable(name)} holds a password of less than {SHORTEST_PASSWORD} characters"
            yield Objection(text, "short-secrets")
        if not _is_encrypted(url):
            text = f"{variable(name)} needs ?sslmode=verify-full, or require at least"
            yield Objection(text, "postgres-without-tls")


def _is_encrypted(url: str) -> bool:
    """A socket of this machine needs no TLS."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    hosts = options.get("host") or [unquote(parts.netloc.rpartition("@")[2])]
    if all(host.startswith("/") or not host.split(":")[0] for host in hosts[-1].split(",")):
        return True
    return options.get("sslmode", [""])[-1] in TLS_MODES
