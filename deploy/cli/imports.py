"""Commands that take over what was before."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import httpx
import jwt
from rich.console import Console
from typer import Argument, Exit, Option, Typer

from deploy.cli import takeover
from deploy.cli.options import Json
from deploy.imports.usage import Imported, NotTaken, NotUsage, import_usage
from deploy.security import Security
from deploy.setting_loading import load_settings
from deploy.setting_types import several
from deploy.settings import ConfigurationError, Settings
from kernel.clock import utc_clock

console = Console(highlight=False)
HOURS = 12


def register(app: Typer) -> None:
    imports = Typer(no_args_is_help=True, help="Take over what was before.")
    imports.command("usage")(usage)
    takeover.register(imports)
    app.add_typer(imports, name="import")


def usage(
    file: Annotated[Path, Argument(help=".csv, .jsonl or .parquet", exists=True, dir_okay=False)],
    url: Annotated[str, Option(help="The running system; default: this installation's")] = "",
    token: Annotated[str, Option(help="Of a service; default: one of this installation's")] = "",
    dry_run: Annotated[bool, Option("--dry-run", help="Only read the file.")] = False,
    as_json: Json = False,
) -> None:
    """Send usage of the past to metering. What was sent before counts once, as ever."""
    settings = load_settings()
    headers = {"authorization": f"Bearer {token or _token(settings)}"}
    with httpx.Client(base_url=url or settings.own_origin, headers=headers, timeout=60) as client:
        try:
            imported = import_usage(client, file, dry_run=dry_run)
        except (NotUsage, NotTaken) as error:
            raise ConfigurationError(str(error)) from error
    _tell(imported, as_json=as_json)
    if imported.rejected:
        raise Exit(1)


def _tell(imported: Imported, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"events": imported.counts, "rejected": imported.rejected}))
        return
    for status, count in sorted(imported.counts.items()):
        console.print(f"{status:<10} {count:,}")
    for line, name, reason in imported.rejected:
        console.print(f"line {line}: {name}: {reason}", markup=False)


def _token(settings: Settings) -> str:
    """Good for as long as the longest import."""
    if settings.jwks_url:
        raise ConfigurationError("BILLING_JWKS_URL is set: give a token of a service by --token")
    secrets = Security(settings).secrets.jwt
    if not secrets:
        raise ConfigurationError("BILLING_JWT_SECRET is needed")
    audience = several(settings.jwt_audience)
    claims = {
        "sub": "import",
        "roles": ["service"],
        "exp": utc_clock() + timedelta(hours=HOURS),
        **({"iss": settings.jwt_issuer} if settings.jwt_issuer else {}),
        **({"aud": audience[0]} if audience else {}),
    }
    return jwt.encode(claims, secrets[0], "HS256")
