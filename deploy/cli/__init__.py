"""The console script `billing`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Exit, Option, Typer

from deploy.cli import (
    administration,
    audit,
    check,
    doctor,
    healing,
    imports,
    processes,
    read_models,
    verification,
)
from deploy.cli.names import UnknownName
from deploy.kafka_broker import BrokerUnavailable
from deploy.settings import ConfigurationError
from deploy.version import VERSION
from runtime.kafka import KafkaUnavailable, TopicsWrong
from runtime.postgres.database import OperationalError
from runtime.postgres.embedded_server import EmbeddedPostgresFailed
from runtime.postgres.migrations import SchemaMismatch
from runtime.web.observability import configure_logging

# What is wrong around us, and worth no more than a line.
TOLD = (
    BrokerUnavailable,
    ConfigurationError,
    EmbeddedPostgresFailed,
    OperationalError,
    OSError,
    KafkaUnavailable,
    SchemaMismatch,
    TopicsWrong,
)
HELP = """Run, look after and prove a billing installation.

Exit codes: 0 done; 1 the answer is no (a difference, something left to look at, nothing of that
name); 2 wrong use, a wrong setting, or nothing that could be judged."""

app = Typer(no_args_is_help=True, pretty_exceptions_enable=False)
for group in (
    *(processes, check, read_models, verification, healing),
    *(audit, doctor, administration, imports),
):
    group.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"billing {VERSION}")
        raise Exit


@app.callback(help=HELP)
def options(
    _: Annotated[
        bool,
        Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Exit codes: see `HELP`."""
    configure_logging(as_json=False)
    # Whatever is kept, bundles too, is for the owner of the process alone.
    os.umask(0o077)
    try:
        app()
    except UnknownName as error:
        _tell(error)
        sys.exit(1)
    except TOLD as error:
        _tell(error)
        sys.exit(2)


def _tell(error: Exception) -> None:
    told = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in str(error).splitlines() or [type(error).__name__]:
        told.print(f"[red]billing:[/red] {escape(line)}")
