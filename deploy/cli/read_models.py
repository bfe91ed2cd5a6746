"""Commands about read models: build again, retry what was set aside."""

from __future__ import annotations

import json
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Argument, Exit, Option, Typer

from deploy.bars import bars
from deploy.cli.check import proving_settings
from deploy.cli.options import Json
from deploy.composition import Composition
from deploy.event_flow import AUDIT_TRAIL, CODEC
from deploy.settings import ConfigurationError, load_settings
from runtime.feed.poison_events import discard_parked, retry_parked
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.rebuild import Rebuilt, rebuild

console = Console(highlight=False)


def register(app: Typer) -> None:
    app.command("rebuild")(rebuild_read_model)
    app.command("retry")(retry)


def rebuild_read_model(
    name: Annotated[str, Argument(help="A read model, or `all`.")], as_json: Json = False
) -> None:
    """Build a read model again from the events, while the old one goes on answering."""
    composition = Composition(proving_settings())
    for model in _chosen(composition, name):
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
        for known in part.consumers:
            if known.name == consumer:
                if discard:
                    service, _, sequence = discard.partition(":")
                    discard_parked(part.positions, consumer, service, int(sequence))
                done = retry_parked(part.positions, known, CODEC)
                console.print(f"{done.applied} applied, {done.waiting} waiting")
                for reason in done.failed.values():
                    console.print(f"  {escape(reason)}")
                raise Exit(1 if done.waiting else 0)
    raise ConfigurationError(f"{consumer!r} is not a consumer")


def _chosen(composition: Composition, name: str) -> list[ReadModel]:
    models = {model.name: model for model in composition.read_models}
    if name == "all":
        return list(models.values())
    if name not in models:
        raise ConfigurationError(f"{name!r} is not a read model: {', '.join(models)}, all")
    return [models[name]]
