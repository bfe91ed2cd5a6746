"""Each part in a process of its own, on PostgreSQL and Kafka: thin mains."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from typing import get_args

from fastapi import FastAPI
from rich.console import Console

from deploy import all_in_one
from deploy.composition import Composition
from deploy.gateways import gateway_pages
from deploy.process import Background, Process
from deploy.settings import ConfigurationError, Part, Settings

console = Console(stderr=True, highlight=False)


def serve(settings: Settings, part: str) -> None:
    """The HTTP API of one part; a service also runs its policies and its workers, the read models
    are kept by `project`. Any number of each may run."""
    all_in_one.check_port(settings.host, settings.port)
    known = _part(part)
    composition = Composition(settings)
    process = Process(composition, serve=[known], follow=[] if part == "projections" else [known])
    app = process.app(on_ready=lambda: console.print(f"{part} is ready on {settings.own_origin}"))
    if known == "billing":
        _add_gateway_pages(composition, process, app)
    all_in_one.serve(app, settings)


def _add_gateway_pages(composition: Composition, process: Process, app: FastAPI) -> None:
    for router in gateway_pages(composition.gateways):
        app.include_router(router)
    if composition.sandbox is not None:
        app.include_router(composition.sandbox.router)
        process.background.append(composition.sandbox.deliveries)


def relay(settings: Settings, service: str) -> None:
    composition = Composition(settings)
    if service not in composition.stores:
        raise ConfigurationError(f"{service!r} is not a service: {', '.join(composition.stores)}")
    _until_stopped(composition, [composition.relay(service)], f"relaying {service}")


def project(settings: Settings) -> None:
    composition = Composition(settings)
    _until_stopped(composition, composition.followers("projections"), "projecting")


def _part(name: str) -> Part:
    for part in get_args(Part):
        if part == name:
            return part  # type: ignore[no-any-return]
    raise ConfigurationError(f"{name!r} is not a part: {', '.join(get_args(Part))}")


def _until_stopped(composition: Composition, threads: Sequence[Background], doing: str) -> None:
    """Until SIGTERM or Ctrl-C; then each thread ends the batch it is in."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    composition.wakeup.start()
    for thread in threads:
        thread.start()
    console.print(doing)
    stopped.wait()
    for thread in threads:
        thread.stop()
    composition.wakeup.stop()
    for thread in threads:
        thread.join(10)
