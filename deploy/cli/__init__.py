"""The console script `billing`."""

from __future__ import annotations

import sys
from typing import Annotated

from rich.console import Console
from typer import Exit, Option, Typer

from deploy.cli import administration, audit, doctor, processes, read_models
from deploy.kafka_broker import BrokerUnavailable
from deploy.settings import ConfigurationError
from deploy.version import VERSION
from runtime.kafka import KafkaUnavailable, TopicsWrong
from runtime.postgres.embedded_server import EmbeddedPostgresFailed
from runtime.postgres.migrations import SchemaMismatch
from runtime.web.observability import configure_logging

# What is wrong around us, and worth no more than a line.
TOLD = (
    BrokerUnavailable,
    ConfigurationError,
    EmbeddedPostgresFailed,
    KafkaUnavailable,
    SchemaMismatch,
    TopicsWrong,
)
HELP = "Run, look after and prove a billing installation."

app = Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for group in (processes, read_models, audit, doctor, administration):
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
    """Exit codes: 0 done, 1 the answer is no (a difference, drift), 2 wrong use or setting."""
    configure_logging(as_json=False)
    try:
        app()
    except TOLD as error:
        Console(stderr=True).print(f"[red]billing:[/red] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)
