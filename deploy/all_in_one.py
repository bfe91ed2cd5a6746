"""Everything in one process on one port: `billing run`."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import uvicorn
from rich.console import Console
from starlette.types import ASGIApp

from deploy.composition import Composition
from deploy.demo import DEMO_WORKSPACE
from deploy.front import Front
from deploy.healing import note_cuts
from deploy.kafka_broker import KAFKA_DIRECTORY, KafkaBroker
from deploy.mailbox_page import PATH as MAILBOX
from deploy.process import Process
from deploy.seed import seed
from deploy.settings import PARTS, ConfigurationError, Settings
from runtime.web.server import IDLE_SECONDS, BoundedProtocol, GracefulServer

# Whom the printed links let in: who, with which role, in which workspace.
VISITORS = {
    f"owner of {DEMO_WORKSPACE}": ("owner@demo", "owner", DEMO_WORKSPACE),
    "admin": ("admin@demo", "super_admin"),
    "auditor": ("auditor@demo", "auditor"),
}
console = Console(stderr=True, highlight=False)


def run(settings: Settings, *, with_kafka: bool = False) -> None:
    """Starts PostgreSQL if it is ours, brings schemas and catalogue up to date, and serves.
    `with_kafka` starts a local broker and carries all events over it."""
    check_port(settings.host, settings.port)
    with local_broker(settings) if with_kafka else nullcontext(settings) as complete:
        _run(complete)


@contextmanager
def local_broker(settings: Settings) -> Iterator[Settings]:
    """Settings that name a broker of this data directory, which ends with the process."""
    broker = KafkaBroker(settings.data_dir / KAFKA_DIRECTORY)
    bootstrap = broker.start()
    try:
        yield settings.model_copy(update={"kafka_bootstrap_servers": bootstrap})
    finally:
        broker.stop()


def _run(settings: Settings) -> None:
    composition = Composition(settings)
    composition.migrate()
    note_cuts(composition)
    seed(composition)
    relayed = list(composition.events.stores) if composition.events.kafka else []
    process = Process(composition, serve=PARTS, follow=PARTS, relay=relayed)
    serve(process.app(on_ready=lambda: welcome(settings, composition.front)), settings, process.end)


def serve(app: ASGIApp, settings: Settings, ending: Callable[[], None]) -> None:
    """Until SIGTERM or Ctrl-C. Uvicorn raises the signal again when it has shut down: then as an
    exit, so that what was opened before is closed too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        timeout_keep_alive=IDLE_SECONDS,
        forwarded_allow_ips=settings.trusted_proxies,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
        backlog=4096,
    )
    GracefulServer(config, settings.stop_grace_seconds, ending).run()


def check_port(host: str, port: int) -> None:
    """Says so in one line before anything else is started."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"{host}:{port} can't be listened on ({error.strerror}): "
                "stop what uses it, or set BILLING_PORT"
            ) from error


def welcome(settings: Settings, front: Front) -> None:
    origin = settings.origin
    console.print(f"\n[bold]Workspace billing[/bold] is ready on [link={origin}]{origin}[/link]\n")
    console.print(f"  guide               {origin}/guide")
    console.print(f"  API documentation   {origin}/docs")
    console.print(f"  pricing (no token)  {origin}/v1/projections/plans")
    if settings.env != "production":
        console.print(f"  mail, not sent      {origin}{MAILBOX}")
        console.print("  pages, each link once (again: .venv/bin/billing link --help)")
        for title, person in VISITORS.items():
            console.print(f"    {title:<17} {front.link(*person)}", soft_wrap=True)
    console.print("  a token             .venv/bin/billing token --role super_admin")
    console.print("                      .venv/bin/billing token --workspace acme=owner")
    console.print("  see it at work      make demo        stop PostgreSQL too   make stop")
    console.print(f"  data                {Path(settings.data_dir).resolve()}\n")
