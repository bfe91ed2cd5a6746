"""Commands about read models: build again, retry what was set aside."""

from __future__ import annotations

import json
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
from deploy.setting_loading import load_settings
from deploy.tables import derived_tables
from runtime.feed.poison_events import discard_parked, retry_parked
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.rebuild import Rebuilt, rebuild

console = Console(highlight=False)


def register(app: Typer) -> None:
    app.command("rebuild")(rebuild_read_model)
    app.command("retry")(retry)


def rebuild_read_model(
    name: Annotated[str, Argument(help="A read model, tables of a service, or `all`.")],
    as_json: Json = False,
) -> None:
    """Build a read model again from the events, while the old one goes on answering; or put right
    what a service keeps beside its events, such as `billing.invoices` or `metering.quotas`."""
    composition = Composition(proving_settings())
    tables = derived_tables(composition)
    if name != "all":
        tables = [each for each in tables if each.name == name]
    for model in _chosen(composition, name) if name == "all" or not tables else []:
        _rebuild(composition, model, as_json=as_json)
    for table in tables:
        rows = table.repair(composition.events.publishers)
        told = {"table": table.name, "rows": rows}
        print(json.dumps(told) if as_json else f"{table.name}: {rows:,} rows put right")


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
    tables = [each.name for each in derived_tables(composition)]
    return [models[known(name, "read model", [*models, *tables, "all"])]]
