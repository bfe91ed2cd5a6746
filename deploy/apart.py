"""Each part in a process of its own, on PostgreSQL and Kafka: thin mains. Any number of each may
run; every one answers /healthz, /readyz and /metrics."""

from __future__ import annotations

from rich.console import Console

from deploy.all_in_one import check_port, serve
from deploy.composition import Composition
from deploy.process import Process
from deploy.settings import PARTS, ConfigurationError, Part, Settings

# Served without a database: what they show they ask the APIs for.
PAGES = "pages"
console = Console(stderr=True, highlight=False)


def serve_part(settings: Settings, name: str) -> None:
    """The HTTP API of one part; a service also runs its policies and workers."""
    if name == PAGES:
        _run(Process(Composition(settings), pages=True), settings, "serving pages")
        return
    known: dict[str, Part] = {part: part for part in PARTS}
    if name not in known:
        raise ConfigurationError(f"{name!r} is not a part: {', '.join(known)}, {PAGES}")
    part = known[name]
    follow: list[Part] = [] if part == "projections" else [part]
    composition = Composition(settings)
    composition.check_schemas([part])
    _run(Process(composition, serve=[part], follow=follow), settings, f"serving {name}")


def relay(settings: Settings, service: str) -> None:
    """Publishes one service's log; of several the first leads and the others stand by."""
    composition = Composition(settings)
    if service not in composition.events.stores:
        raise ConfigurationError(
            f"{service!r} is not a service: {', '.join(composition.events.stores)}"
        )
    composition.check_schemas([part for part in PARTS if part == service])
    _run(Process(composition, relay=[service]), settings, f"relaying {service}")


def project(settings: Settings) -> None:
    """Keeps the read models; several share the work."""
    composition = Composition(settings)
    composition.check_schemas(["projections"])
    _run(Process(composition, follow=["projections"]), settings, "projecting")


def _run(process: Process, settings: Settings, doing: str) -> None:
    check_port(settings.host, settings.port)
    ready = f"{doing}, health on {settings.own_origin}"
    serve(process.app(on_ready=lambda: console.print(ready)), settings, process.end)
