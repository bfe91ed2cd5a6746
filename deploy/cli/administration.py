"""Commands of whoever runs the system."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import jwt
from rich.console import Console
from typer import Exit, Option, Typer

from deploy.cli.check import ready_settings
from deploy.cli.names import choice
from deploy.cli.options import Json
from deploy.composition import Composition
from deploy.demo import DEMO_WORKSPACE, play
from deploy.roles import grant_everywhere
from deploy.security import Security
from deploy.seed import seed as seed_catalogue
from deploy.setting_loading import load_settings
from deploy.setting_types import STAFF_ROLES, several
from deploy.settings import ConfigurationError
from kernel.clock import utc_clock
from runtime.web.tokens import key_id_of

console = Console(highlight=False)
ROLES = ("super_admin", "support", "auditor", "service")
WORKSPACE_ROLES = ("owner", "admin", "editor", "viewer")


def register(app: Typer) -> None:
    for command in (migrate, seed, token, link, demo):
        app.command()(command)


def migrate(
    check: Annotated[
        bool, Option("--check", help="Only say what is missing; then exit 1.")
    ] = False,
    roles: Annotated[
        bool, Option("--roles", help="Make the roles billing_writer, _reader and _auditor too.")
    ] = False,
) -> None:
    """Create or upgrade the schemas of all parts, and say what was applied."""
    composition = Composition(ready_settings("migrate"))
    if check:
        missing = [(each.name, one) for each in composition.schemas() for one in each.pending()]
        for schema, migration in missing:
            console.print(f"{schema}: {migration} is missing")
        if missing:
            raise Exit(1)
    else:
        for schema, migration in composition.migrate():
            console.print(f"{schema}: {migration}")
        granted = grant_everywhere(composition, create=roles)
        if granted:
            console.print(f"Roles have their rights in {', '.join(granted)}.")
    console.print("Schemas are up to date.")


def seed() -> None:
    """Create the catalogue that every installation begins with."""
    seed_catalogue(Composition(ready_settings("seed")))
    console.print("The catalogue is there.")


def token(
    role: Annotated[
        list[str] | None, Option(help=" | ".join(ROLES), autocompletion=lambda: list(ROLES))
    ] = None,
    workspace: Annotated[list[str] | None, Option(help="acme, or acme=editor")] = None,
    subject: Annotated[str, Option(help="who it is")] = "developer",
    email: Annotated[str | None, Option()] = None,
    name: Annotated[str | None, Option()] = None,
    hours: Annotated[float, Option(min=0.01, max=24 * 365)] = 12,
) -> None:
    """Print an access token, signed with this installation's shared secret."""
    settings = load_settings()
    audience = several(settings.jwt_audience)
    if settings.jwks_url:
        raise ConfigurationError("BILLING_JWKS_URL is set: tokens come from its owner")
    secrets = Security(settings).secrets.jwt
    if not secrets:
        raise ConfigurationError("BILLING_JWT_SECRET is needed")
    claims = {
        "sub": subject,
        "exp": utc_clock() + timedelta(hours=hours),
        "roles": _known(role or [], ROLES),
        "workspaces": dict(_membership(text) for text in workspace or []),
        **({"iss": settings.jwt_issuer} if settings.jwt_issuer else {}),
        **({"aud": audience[0]} if audience else {}),
        **({"email": email} if email else {}),
        **({"name": name} if name else {}),
    }
    print(jwt.encode(claims, secrets[0], "HS256", headers={"kid": key_id_of(secrets[0])}))


def _known(roles: list[str], allowed: tuple[str, ...]) -> list[str]:
    for role in roles:
        choice(role, "role", allowed)
    return roles


def _membership(text: str) -> tuple[str, str]:
    workspace, _, role = text.partition("=")
    return workspace, _known([role or "owner"], WORKSPACE_ROLES)[0]


def link(
    role: Annotated[str, Option(help=" | ".join((*STAFF_ROLES, *WORKSPACE_ROLES)))] = "owner",
    workspace: Annotated[str, Option(help="of an owner, admin, editor or viewer")] = DEMO_WORKSPACE,
    person: Annotated[str, Option(help="who it is")] = "developer",
) -> None:
    """Print a link to the pages that works once, in development."""
    settings = load_settings()
    if settings.env == "production":
        raise ConfigurationError("links come from POST /v1/pages/sessions in production")
    chosen = choice(role, "role", (*STAFF_ROLES, *WORKSPACE_ROLES))
    front = Composition(settings).front
    print(front.link(person, chosen, "" if chosen in STAFF_ROLES else workspace))


def demo(
    url: Annotated[str, Option(help="The running system; default: this installation's")] = "",
    fixed_seed: Annotated[int, Option("--seed", help="Same seed, same input.")] = 20261101,
    events: Annotated[int, Option(help="Usage events at least.", min=100)] = 100_000,
    as_json: Json = False,
) -> None:
    """Play a month of a host application against the running system, and check every number."""
    settings = load_settings()
    outcome = play(
        url=url or settings.origin,
        secret=Security(settings).secrets.jwt[0],
        seed=fixed_seed,
        events=events,
        data_directory=Path(settings.data_dir),
        console=Console(stderr=as_json, highlight=False),
    )
    if as_json:
        print(json.dumps(outcome.as_json()))
    raise Exit(0 if outcome.equal else 1)
