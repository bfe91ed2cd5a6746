"""Commands about read models: build again, retry what was set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Argument, Exit, Option, Typer

from deploy.bars import bars
from deploy.cli.check import proving_settings
from deploy.cli.names import UnknownName, known
from deploy.cli.options import Json
from deploy.composition import Composition
from deploy.event_flow import AUDIT_TRAIL, CODEC
from deploy.settings import PARTS, load_settings
from runtime.feed.poison_events import discard_parked, retry_parked
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.rebuild import Rebuilt, rebuild

console = Console(highlight=False)


def register(app: Typer) -> None:
    app.command("rebuild")(rebuild_read_model)
    app.command("retry")(retry)


def rebuild_read_model(
    name: Annotated[str, Argument(help="A read model, `all` of them, or a service's own table.")],
    as_json: Json = False,
) -> None:
    """Build a read model again from the events, while the old one goes on answering; or a table
    that a service keeps beside its own events: `billing.invoices`."""
    composition = Composition(proving_settings())
    build = _table(composition, name)
    if build is not None:
        rows = build()
        print(json.dumps({"table": name, "rows": rows}) if as_json else f"{name}: {rows:,} rows")
        return
    for model in _chosen(composition, name):
        _rebuild(composition, model, as_json=as_json)


def _table(composition: Composition, name: str) -> Callable[[], int] | None:
    part, _, table = name.partition(".")
    found = [each for each in PARTS if table and each == part]
    return composition.service(found[0]).derived.get(table) if found else None


def _rebuild(composition: Composition, model: ReadModel, *, as_json: bool) -> None:
    with bars(quiet=as_json) as watched:
        progress = watched.part(model.name)
        # Of a chain nothing can be set aside: what follows would be linked wrongly.
        codec = None if model.name == AUDIT_TRAIL else CODEC
        built = rebuild(
            model,
            composition.projections.positions,
            composition.events.publishers,
            progress,
            codec,
        )
    if as_json:
        told = {"model": built.model, "events": built.events, "parked": built.parked}
        print(json.dumps(told))
    else:
        _tell(built)


def _tell(built: Rebuilt) -> None:
    console.print(f"{built.model}: {built.events:,} events in {built.seconds:.1f} s")
    if built.parked:
        console.print(f"  {built.parked:,} set aside: billing retry {built.model}")


def retry(
    consumer: Annotated[str, Argument(help="Who parked, as /readyz names it.")],
    discard: Annotated[str, Option(help="Give up one event for good: service:sequence")] = "",
) -> None:
    """Apply events again that a consumer set aside, in order; exits 1 while some are left."""
    composition = Composition(load_settings())
    for part in composition.services():
        for found in part.consumers:
            if found.name == consumer:
                if discard:
                    service, _, sequence = discard.partition(":")
                    discard_parked(part.positions, consumer, service, int(sequence))
                done = retry_parked(part.positions, found, CODEC)
                console.print(f"{done.applied} applied, {done.waiting} waiting")
                for reason in done.failed.values():
                    console.print(f"  {escape(reason)}")
                raise Exit(1 if done.waiting else 0)
    consumers = [each.name for part in composition.services() for each in part.consumers]
    raise UnknownName(consumer, "consumer", consumers)


def _chosen(composition: Composition, name: str) -> list[ReadModel]:
    models = {model.name: model for model in composition.read_models}
    if name == "all":
        return list(models.values())
    tables = [f"{part}.{table}" for part in PARTS for table in composition.service(part).derived]
    return [models[known(name, "read model", [*models, *tables, "all"])]]
