"""Commands that start or stop a process."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import Annotated

from rich.console import Console
from typer import Argument, Option, Typer

from deploy import all_in_one, apart, kafka_broker
from deploy.cli.check import known_process, ready_settings
from deploy.cli.names import choice
from deploy.composition import POSTGRES_DIRECTORY
from deploy.kafka_broker import KAFKA_DIRECTORY, KafkaBroker
from deploy.setting_loading import load_settings
from deploy.settings import PARTS, ConfigurationError, Settings
from runtime.postgres import embedded_server
from runtime.web.observability import configure_logging

console = Console(highlight=False)
SERVICES = tuple(part for part in PARTS if part not in ("notifications", "projections"))


def register(app: Typer) -> None:
    for command in (run, serve, relay, project, kafka, stop):
        app.command()(command)


def run(
    kafka: Annotated[bool, Option("--kafka", help="Carry events over a local Kafka.")] = False,
) -> None:
    """Start everything in one process."""
    settings = _settings("run")
    all_in_one.run(settings, with_kafka=kafka)


def serve(
    part: Annotated[str, Argument(help=", ".join(PARTS), autocompletion=lambda: list(PARTS))],
) -> None:
    """Serve the HTTP API of one part."""
    apart.serve_part(_settings(f"serve {choice(part, 'part', [*PARTS, apart.PAGES])}"), part)


def relay(
    service: Annotated[
        str, Argument(help=", ".join(SERVICES), autocompletion=lambda: list(SERVICES))
    ],
) -> None:
    """Publish one service's events to Kafka."""
    choice(service, "service", SERVICES)
    apart.relay(_settings("relay"), service)


def project() -> None:
    """Keep the read models up to date."""
    apart.project(_settings("project"))


def _settings(process: str) -> Settings:
    settings = ready_settings(known_process(process))
    configure_logging(as_json=settings.env == "production")
    return settings


def kafka(port: Annotated[int, Option(min=1, max=65535)] = 9092) -> None:
    """Run a local Kafka broker until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    broker = KafkaBroker(load_settings().data_dir / KAFKA_DIRECTORY, port)
    try:
        console.print(f"BILLING_KAFKA_BOOTSTRAP_SERVERS={broker.start()}")
        with suppress(KeyboardInterrupt):
            broker.wait()
    finally:
        broker.stop()


def stop() -> None:
    """Stop the embedded PostgreSQL of this data directory, and its Kafka broker if one runs."""
    settings = load_settings()
    if kafka_broker.stop(settings.data_dir / KAFKA_DIRECTORY):
        console.print("Kafka is stopped.")
    if settings.database_url:
        raise ConfigurationError("BILLING_DATABASE_URL is set: there is no embedded PostgreSQL")
    stopped = embedded_server.stop(settings.data_dir / POSTGRES_DIRECTORY)
    console.print("PostgreSQL is stopped." if stopped else "PostgreSQL was not running.")
