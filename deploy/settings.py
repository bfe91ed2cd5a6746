"""Configuration: environment or `.env`, checked before anything starts."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Part = Literal["billing", "metering", "addons", "projections"]
PARTS: tuple[Part, ...] = ("billing", "metering", "addons", "projections")


SECRET_CHARACTERS = 32
SEED_BYTES = 32


class ConfigurationError(Exception):
    """One clear line for whoever started the process."""


def _postgres_url(url: str) -> str:
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a postgresql:// URL")
    return url


def _http_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must be an http(s):// URL")
    return url.rstrip("/")


def _smtp_url(url: str) -> str:
    if url and not url.startswith(("smtp://", "smtps://")):
        raise ValueError("must be an smtp:// or smtps:// URL")
    return url


PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url)]


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
    projections_database_url: PostgresUrl = ""
    kafka_bootstrap_servers: str = ""
    kafka_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_ca_file: str = ""
    otlp_endpoint: HttpUrl = ""

    jwt_secret: str = ""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwks_url: HttpUrl = ""
    signing_key: str = ""

    stripe_api_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: HttpUrl = ""
    paypal_client_id: str = ""
    paypal_client_secret: str = ""
    paypal_webhook_id: str = ""
    paypal_api_base: HttpUrl = ""
    razorpay_key_id: str = ""
    razorpay_key_secret: str = ""
    razorpay_webhook_secret: str = ""
    razorpay_api_base: HttpUrl = ""
    sandbox_profile: Literal["stripe", "paypal", "razorpay", "off"] = "stripe"

    team_notify_email: str = ""
    smtp_url: SmtpUrl = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _all_or_none(self, "stripe_api_key", "stripe_webhook_secret")
        _all_or_none(self, "paypal_client_id", "paypal_client_secret", "paypal_webhook_id")
        _all_or_none(self, "razorpay_key_id", "razorpay_key_secret", "razorpay_webhook_secret")
        if any(len(secret) < SECRET_CHARACTERS for secret in several(self.jwt_secret)):
            raise ValueError("BILLING_JWT_SECRET must have at least 32 characters")
        if any(len(_decoded(key)) != SEED_BYTES for key in several(self.signing_key)):
            raise ValueError("BILLING_SIGNING_KEY must be 32 bytes in base64")
        if self.env == "production":
            self._refuse_development_parts()
        return self

    def _refuse_development_parts(self) -> None:
        if not self.database_url and not all(self.own_url(part) for part in PARTS):
            raise ValueError("production needs BILLING_DATABASE_URL: no embedded PostgreSQL")
        if not self.jwt_secret and not self.jwks_url:
            raise ValueError("production needs BILLING_JWT_SECRET or BILLING_JWKS_URL")
        if not self.signing_key:
            raise ValueError("production needs BILLING_SIGNING_KEY")
        if self.sandbox_profile != "off" and "sandbox_profile" in self.model_fields_set:
            raise ValueError("production refuses the sandbox gateway: BILLING_SANDBOX_PROFILE=off")

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
        return [_decoded(key) for key in several(self.signing_key)]

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


def several(text: str) -> list[str]:
    """The values of a comma-separated setting."""
    return [value.strip() for value in text.split(",") if value.strip()]


def _all_or_none(settings: Settings, *names: str) -> None:
    missing = [name for name in names if not getattr(settings, name)]
    if missing and len(missing) < len(names):
        listed = ", ".join(f"BILLING_{name.upper()}" for name in missing)
        raise ValueError(f"{listed} is missing: set all keys of a gateway, or none")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def load_settings() -> Settings:
    """Raises ConfigurationError naming the variable and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        message = first["msg"].removeprefix("Value error, ")
        prefix = f"BILLING_{name}: " if name else ""
        raise ConfigurationError(f"{prefix}{message}") from None


def development_secret(settings: Settings, name: str) -> bytes:
    """32 random bytes, made once and kept in the data directory; never in production."""
    if settings.env == "production":
        raise ConfigurationError(f"production does not generate the {name}")
    path = settings.data_dir / f"{name}.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret holds
            os.link(draft, path)
        draft.unlink()
    return bytes.fromhex(path.read_text().strip())
