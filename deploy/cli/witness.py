"""Commands of witnesses, which run on other machines than the installation."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Annotated

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.markup import escape
from typer import Exit, Option

from deploy.audit.witnessing import (
    Contradicted,
    Unanswered,
    WitnessedFile,
    WitnessProcess,
    over_http,
)
from deploy.settings import ConfigurationError
from kernel.clock import utc_clock
from projections.audit_trail.chain import Signer

console = Console(highlight=False)
HEX_KEY = re.compile("[0-9a-f]{64}")
TOKEN = "BILLING_WITNESS_TOKEN"  # noqa: S105 - the name of a variable
TIMEOUT_SECONDS = 30.0


def public_key(text: str, option: str) -> bytes:
    """Raises ConfigurationError."""
    if not HEX_KEY.fullmatch(text.strip().lower()):
        raise ConfigurationError(f"{option} must be 64 hexadecimal digits")
    return bytes.fromhex(text.strip())


def witness(
    url: Annotated[str, Option(help="The installation whose history is followed.")],
    key: Annotated[str, Option(help="Its public key, in hex, as it was given to you.")],
    seed: Annotated[Path, Option(help="This witness's own key; made where there is none.")],
    file: Annotated[Path, Option(help="Where co-signed heads are added, one a line.")],
    every: Annotated[float, Option(min=1, help="Seconds from one look to the next.")] = 15.0,
    once: Annotated[bool, Option("--once", help="Look once.")] = False,
) -> None:
    """Follow an installation's history from outside: its heads are co-signed as long as each log
    only grew. Needs the API, with an auditor's token in BILLING_WITNESS_TOKEN, and no database.

    Exits 1, and co-signs nothing more, when history is not what it was.
    """
    own = Signer([_seed(seed)])
    kept = WitnessedFile(file, own)
    try:
        kept.read()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file}: {error}") from error
    headers = {"authorization": f"Bearer {os.environ.get(TOKEN, '')}"}
    console.print(f"co-signing as {own.public_key.hex()}", soft_wrap=True)
    with httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
        process = WitnessProcess(over_http(client), public_key(key, "--key"), own, kept, utc_clock)
        while True:
            answered = _looked(process)
            if once:
                raise Exit(0 if answered else 2)
            time.sleep(every)


def _looked(process: WitnessProcess) -> bool:
    """Whether the installation answered."""
    try:
        for each in process.look():
            head = each.signed.head
            console.print(f"{head.service}: {escape(head.told)}", soft_wrap=True)
    except Unanswered as error:
        console.print(f"[yellow]no answer:[/yellow] {escape(str(error))}", soft_wrap=True)
        return False
    except Contradicted as error:
        console.print(f"[red]Not co-signed:[/red] {escape(str(error))}", soft_wrap=True)
        raise Exit(1) from error
    return True


def _seed(path: Path) -> bytes:
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes_raw()
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"{made.hex()}\n")
    found = path.read_text(encoding="ascii", errors="replace").strip()
    if not HEX_KEY.fullmatch(found):
        raise ConfigurationError(f"{path} does not hold 64 hexadecimal digits")
    return bytes.fromhex(found)
