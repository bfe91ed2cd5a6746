"""Configuration: environment or `.env`, checked before anything starts."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from deploy.setting_types import (
    SECRET_CHARACTERS,
    SEED_BYTES,
    Email,
    Exposure,
    Hosts,
    HttpUrl,
    Origins,
    PostgresUrl,
    Rate,
    Secret,
    Servers,
    SmtpUrl,
    seed_of,
    several,
)
from deploy.unknown_variables import unknown_variables

Part = Literal["billing", "metering", "addons", "notifications", "projections"]
PARTS: tuple[Part, ...] = ("billing", "metering", "addons", "notifications", "projections")
# Set all of a line, or none.
TOGETHER = (
    ("stripe_api_key", "stripe_webhook_secret"),
    ("paypal_client_id", "paypal_client_secret", "paypal_webhook_id"),
    ("razorpay_key_id", "razorpay_key_secret", "razorpay_webhook_secret"),
    ("kafka_username", "kafka_password"),
)


class ConfigurationError(Exception):
    """For whoever started the process: a line, or several one below the other."""


class Settings(BaseSettings):
    """Every variable has the prefix `BILLING_`; empty means not set. BILLING_JWT_SECRET,
    BILLING_SIGNING_KEY and the secrets of webhooks may be several, separated by commas, newest
    first: the first one signs, and what the others signed stays valid."""

    model_config = SettingsConfigDict(
        env_prefix="BILLING_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    env: Literal["development", "test", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: HttpUrl = ""
    data_dir: Path = Path(".data")

    database_url: PostgresUrl = ""
    billing_database_url: PostgresUrl = ""
    metering_database_url: PostgresUrl = ""
    addons_database_url: PostgresUrl = ""
    notifications_database_url: PostgresUrl = ""
    projections_database_url: PostgresUrl = ""
    kafka_bootstrap_servers: Servers = ""
    kafka_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    kafka_username: str = ""
    kafka_password: Secret = ""
    kafka_ca_file: str = ""
    otlp_endpoint: HttpUrl = ""

    jwt_secret: Secret = ""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwks_url: HttpUrl = ""
    signing_key: Secret = ""
    # A file outside of the database that signed heads are added to; empty in development: in the
    # data directory.
    audit_witness: str = ""

    installation_id: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    stripe_api_key: Secret = ""
    stripe_webhook_secret: Secret = ""
    stripe_api_base: HttpUrl = ""
    paypal_client_id: str = ""
    paypal_client_secret: Secret = ""
    paypal_webhook_id: str = ""
    paypal_api_base: HttpUrl = ""
    razorpay_key_id: str = ""
    razorpay_key_secret: Secret = ""
    razorpay_webhook_secret: Secret = ""
    razorpay_api_base: HttpUrl = ""
    sandbox_profile: Literal["stripe", "paypal", "razorpay", "off"] = "stripe"

    # Hosts that browsers may be sent back to (any, while empty), origins whose pages may call us,
    # and proxies whose word for a caller's address is taken: each several, separated by commas.
    return_hosts: Hosts = ""
    cors_origins: Origins = ""
    trusted_proxies: str = "127.0.0.1"
    # Of /metrics, and of /docs with /openapi.json: for everybody, with any token, or not at all.
    metrics_access: Exposure = "public"
    docs_access: Exposure = "public"
    # Requests per minute and process; 0 is no limit.
    rate_bad_tokens_per_address: Rate = 300
    rate_anonymous_per_address: Rate = 3_000
    rate_requests_per_caller: Rate = 60_000
    rate_checkouts_per_workspace: Rate = 60
    rate_holds_per_workspace: Rate = 12_000

    # How long what is past due is served, where a plan does not say.
    past_due_days: int = Field(default=21, ge=0, le=365)

    team_notify_email: Email = ""
    mail_from: Email = "billing@localhost"
    smtp_url: SmtpUrl = ""
    # Whether webhook endpoints may stand in our own network, and be spoken to without TLS; unset:
    # they may, but for production.
    webhooks_to_private_addresses: bool | None = None

    production_accepts: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = list(inconsistencies(self))
        if found:
            raise ValueError("; ".join(found))
        return self

    def own_url(self, part: Part) -> str:
        return str(getattr(self, f"{part}_database_url"))

    @property
    def kafka_security(self) -> dict[str, str]:
        """Options of every Kafka client: SCRAM over TLS when a user is named."""
        if not self.kafka_username:
            return {}
        return {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.kafka_username,
            "sasl_plain_password": self.kafka_password,
            **({"ssl_cafile": self.kafka_ca_file} if self.kafka_ca_file else {}),
        }

    def signing_seeds(self) -> list[bytes]:
        """Of BILLING_SIGNING_KEY: 32 bytes each, newest first."""
        return [seed_of(key) for key in several(self.signing_key)]

    @property
    def private_webhooks(self) -> bool:
        chosen = self.webhooks_to_private_addresses
        return self.env != "production" if chosen is None else chosen

    @property
    def origin(self) -> str:
        """Where browsers and gateways reach this system."""
        return self.public_url or self.own_origin

    @property
    def own_origin(self) -> str:
        """Where this process reaches itself."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def sandbox(self) -> Literal["stripe", "paypal", "razorpay"] | None:
        if self.env == "production" or self.sandbox_profile == "off":
            return None
        return self.sandbox_profile


def inconsistencies(settings: Settings) -> Iterator[str]:
    """What is wrong with settings that are well formed each by itself."""
    for names in TOGETHER:
        missing = [name for name in names if not getattr(settings, name)]
        if missing and len(missing) < len(names):
            listed = ", ".join(variable(name) for name in missing)
            verb = "is" if len(missing) == 1 else "are"
            yield f"{listed} {verb} missing: set {', '.join(map(variable, names))}, or none of them"
    if any(len(secret) < SECRET_CHARACTERS for secret in several(settings.jwt_secret)):
        yield f"BILLING_JWT_SECRET must have at least {SECRET_CHARACTERS} characters"
    if any(len(seed) != SEED_BYTES for seed in settings.signing_seeds()):
        yield f"BILLING_SIGNING_KEY must be {SEED_BYTES} bytes in base64"
    if settings.stripe_api_key.startswith("whsec_"):
        yield "BILLING_STRIPE_API_KEY is a webhook secret: API keys begin with sk_ or rk_"
    if any(each.startswith(("sk_", "rk_")) for each in several(settings.stripe_webhook_secret)):
        yield "BILLING_STRIPE_WEBHOOK_SECRET is an API key: webhook secrets begin with whsec_"
    if settings.kafka_ca_file and not Path(settings.kafka_ca_file).is_file():
        yield f"BILLING_KAFKA_CA_FILE: {settings.kafka_ca_file} is no file"


def variable(name: str) -> str:
    return f"BILLING_{name.upper()}"


def load_settings() -> Settings:
    """Raises ConfigurationError naming the variable and what is wrong with it."""
    problems = setting_problems()
    if problems:
        raise ConfigurationError(problems[0])
    return Settings()


def setting_problems() -> list[str]:
    """A line each."""
    found = list(unknown_variables(Settings.model_fields))
    try:
        Settings()
    except ValidationError as error:
        found += [_line(each) for each in error.errors()]
    except (SettingsError, ValueError, OSError) as error:
        found.append(f"the settings can't be read: {type(error).__name__}: {error}")
    return found


def _line(error: ErrorDetails) -> str:
    name = "_".join(str(part) for part in error["loc"])
    message = " ".join(error["msg"].removeprefix("Value error, ").split())
    return f"{variable(name)}: {message}" if name else message


def close_to_others(directory: Path) -> None:
    """Others may pass through, as the user of an embedded PostgreSQL that root started must, but
    neither list nor write. A directory that many share is left as it is."""
    found = directory.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        directory.chmod(stat.S_IMODE(found.st_mode) & ~0o066)


def development_secret(settings: Settings, name: str) -> bytes:
    """32 random bytes, made once and kept in the data directory; never in production."""
    if settings.env == "production":
        raise ConfigurationError(f"production does not generate the {name}")
    path = settings.data_dir / f"{name}.secret"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret holds
            os.link(draft, path)
        draft.unlink()
    return bytes.fromhex(path.read_text().strip())
