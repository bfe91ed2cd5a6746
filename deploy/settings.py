"""Configuration: environment or `.env`, checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.setting_consistency import inconsistencies
from deploy.setting_types import (
    DirectoryUrl,
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
    StaffRolesOfGroups,
    seed_of,
    several,
)

Part = Literal["billing", "metering", "addons", "notifications", "projections"]
PARTS: tuple[Part, ...] = ("billing", "metering", "addons", "notifications", "projections")


class ConfigurationError(Exception):
    """For whoever started the process: a line, or several one below the other."""


class Settings(BaseSettings):
    """Every variable has the prefix `BILLING_`; empty means not set. BILLING_JWT_SECRET,
    BILLING_SIGNING_KEY and the secrets of webhooks may be several, separated by commas, newest
    first: the first one signs, and what the others signed stays valid."""

    model_config = SettingsConfigDict(
        env_prefix="BILLING_",
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    env: Literal["development", "test", "production"] = "development"
    """`production` refuses the sandbox, generated secrets and embedded parts."""
    host: str = "127.0.0.1"
    """The address that it listens on."""
    port: int = Field(default=8000, ge=1, le=65535)
    """The port that it listens on."""
    public_url: HttpUrl = ""
    """Where browsers and gateways reach it; in development host and port."""
    api_url: HttpUrl = ""
    """Where the pages reach the APIs, when it is not at the origin."""
    app_url: HttpUrl = ""
    """The product itself, for the pages' links back to it."""
    data_dir: Path = Path(".data")
    """Embedded PostgreSQL, generated secrets, the sandbox's state, unsent mail."""

    database_url: PostgresUrl = ""
    """PostgreSQL of all parts; empty: embedded, in the data directory."""
    billing_database_url: PostgresUrl = ""
    """That of billing and of the vault, where it is another one."""
    metering_database_url: PostgresUrl = ""
    """That of metering."""
    addons_database_url: PostgresUrl = ""
    """That of add-ons."""
    notifications_database_url: PostgresUrl = ""
    """That of the webhook endpoints of others."""
    projections_database_url: PostgresUrl = ""
    """That of the read models."""
    kafka_bootstrap_servers: Servers = ""
    """Brokers that carry the events; empty: they are read from the logs, without a broker."""
    kafka_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    """In front of the names of topics and groups, where several installations share a broker."""
    kafka_username: str = ""
    """A user of the broker: SCRAM-SHA-512 over TLS."""
    kafka_password: Secret = ""
    """The password of that user."""
    kafka_ca_file: str = ""
    """Certificates that the broker's is checked against; empty: the system's."""
    otlp_endpoint: HttpUrl = ""
    """An OpenTelemetry collector that gets the traces (needs the extra `tracing`)."""

    jwt_secret: Secret = ""
    """What HS256 tokens are signed with, 32 characters at least; generated in development."""
    jwt_issuer: str = ""
    """What `iss` has to be."""
    jwt_audience: str = ""
    """What `aud` has to be; several are possible."""
    jwks_url: HttpUrl = ""
    """Public keys for RS256 and ES256, instead of a shared secret."""
    session_secret: Secret = ""
    """What sessions of the pages are signed with; empty: the secret of tokens, if there is one."""
    oidc_issuer: HttpUrl = ""
    """An OpenID Connect provider where people of the platform sign in to the pages."""
    oidc_client_id: str = ""
    """What the pages are called there; registered with `/v1/pages/sign-in/callback` of ours."""
    oidc_client_secret: Secret = ""
    """The secret of that client."""
    oidc_scope: str = "openid profile email"
    """What is asked for; some providers tell the groups only for a scope of their own."""
    oidc_groups_claim: str = "groups"
    """The claim of the ID token that lists somebody's groups."""
    oidc_roles: StaffRolesOfGroups = ""
    """Which group is which role: `billing-admins=super_admin,helpdesk=support`; others stay out."""
    signing_key: Secret = ""
    """32 bytes in base64 that history's checkpoints are signed with; generated in development."""
    audit_witness: Secret = ""
    """Files elsewhere that signed heads are added to; in development one in the data directory.
    Others by address: `https://…`, `tsa+https://…#roots.pem`, `kafka:topic`, `git:clone`."""
    installation_id: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    """Tells this installation's objects from others' in a shared gateway account."""
    stripe_api_key: Secret = ""
    """`sk_…` or `rk_…`; with the next one it switches Stripe on."""
    stripe_webhook_secret: Secret = ""
    """`whsec_…` of the endpoint `/webhooks/stripe`."""
    stripe_tax: bool = False
    """Whether checkouts let Stripe Tax compute taxes. The account needs its registrations."""
    stripe_api_base: HttpUrl = ""
    """Another address of the API, for tests."""
    paypal_client_id: str = ""
    """Of the REST app; with the next two it switches PayPal on."""
    paypal_client_secret: Secret = ""
    """Of the REST app."""
    paypal_webhook_id: str = ""
    """The id of the webhook for `/webhooks/paypal`."""
    paypal_tax_percentage: float = Field(default=0.0, ge=0, lt=100)
    """The tax that prices include, for all who begin to pay there."""
    paypal_cancel_at_period_end: bool = False
    """Cancellations there end with the period and can be taken back: the subscription rests until
    then. Off until it was tried on a live account."""
    paypal_api_base: HttpUrl = ""
    """The API's address: `https://api-m.sandbox.paypal.com` for tests."""
    razorpay_key_id: str = ""
    """`rzp_…`; with the next two it switches Razorpay on."""
    razorpay_key_secret: Secret = ""
    """Of that key."""
    razorpay_webhook_secret: Secret = ""
    """Of the webhook for `/webhooks/razorpay`."""
    razorpay_api_base: HttpUrl = ""
    """Another address of the API, for tests."""
    sandbox_profile: Literal["stripe", "paypal", "razorpay", "off"] = "stripe"
    """Which gateway the sandbox behaves like; in production it is off."""

    return_hosts: Hosts = ""
    """Hosts that browsers may be sent back to, separated by commas; empty: any."""
    cors_origins: Origins = ""
    """Origins whose pages may call the API, separated by commas."""
    trusted_proxies: str = "127.0.0.1"
    """Proxies whose word for a caller's address is taken, separated by commas."""
    metrics_access: Exposure = "public"
    """Who may see /metrics: everybody, any token, or nobody."""
    docs_access: Exposure = "public"
    """The same of /docs, /guide and /openapi.json."""
    rate_bad_tokens_per_address: Rate = 300
    """Requests per minute and process whose token does not verify; 0 is no limit."""
    rate_anonymous_per_address: Rate = 3_000
    """The same without a token."""
    rate_requests_per_caller: Rate = 60_000
    """The same of one caller, by `sub`."""
    rate_checkouts_per_workspace: Rate = 60
    """Checkouts and purchases."""
    rate_holds_per_workspace: Rate = 12_000
    """Starts of conversations."""
    known_workspaces_only: bool = False
    """Counts nothing for workspaces that billing has never heard of: `404 workspace_unknown`."""
    past_due_days: int = Field(default=21, ge=0, le=365)
    """How long what is past due is served, where a plan does not say."""
    trials_once_per_payer: bool = False
    """Who had a trial of a family has none in another workspace either: by e-mail address."""
    stop_grace_seconds: float = Field(default=0.0, ge=0, le=120)
    """How long a process that stops is not ready before it takes no more."""

    team_notify_email: Email = ""
    """Who is told of a service that was sold, and of webhooks that fail."""
    team_chat_url: HttpUrl = ""
    """An incoming webhook of Slack or Discord, which is told instead of that address."""
    directory_url: DirectoryUrl = ""
    """Where the host tells who owns a `{workspace}`, for mail to those without a billing e-mail."""
    directory_token: Secret = ""
    """The bearer token that it is asked with."""
    mail_from: Email = "billing@localhost"
    """The sender of mail."""
    smtp_url: SmtpUrl = ""
    """`smtp://` or `smtps://`; empty: mail is kept and shown under /sandbox/mailbox."""
    mail_templates: Path | None = None
    """Texts of mails that go before ours: `<language>/<kind>.txt`."""
    webhooks_to_private_addresses: bool | None = None
    """Whether webhook endpoints may be in our network, without TLS; unset: not in production."""

    production_accepts: str = ""
    """Names of points of production's checklist that are accepted as they are."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := list(inconsistencies(self)):
            raise ValueError("; ".join(found))
        return self

    def own_url(self, part: Part) -> str:
        return str(getattr(self, f"{part}_database_url"))

    def signing_seeds(self) -> list[bytes]:
        """32 bytes each, newest first."""
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
