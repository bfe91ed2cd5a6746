"""Commands about read models: build again, compare with history, retry what was set aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer import Argument, Exit, Option, Typer

from deploy.composition import CODEC, Composition
from deploy.settings import ConfigurationError, load_settings
from runtime.drift import Verified, verify, whole_log
from runtime.kafka import partition_of
from runtime.parking import discard_parked, retry_parked
from runtime.read_model import ReadModel
from runtime.rebuild import rebuild

console = Console(highlight=False)
progress_console = Console(stderr=True, highlight=False)
Json = Annotated[bool, Option("--json", help="For machines.")]


def register(app: Typer) -> None:
    app.command("rebuild")(rebuild_read_model)
    app.command("verify")(verify_all)
    app.command("retry")(retry)


def rebuild_read_model(
    name: Annotated[str, Argument(help="A read model, or `all`.")], as_json: Json = False
) -> None:
    """Build a read model again from the events, while the old one goes on answering."""
    composition = Composition(load_settings())
    for model in _chosen(composition, name):
        with _bar(model.name) as progress:
            built = rebuild(
                model, composition.projections.positions, composition.publishers, progress
            )
        told = f"{built.model}: {built.events:,} events in {built.seconds:.1f} s"
        console.print(
            json.dumps({"model": built.model, "events": built.events}) if as_json else told
        )


def verify_all(as_json: Json = False) -> None:
    """Replay all events into shadow tables and compare them with the live read models."""
    found = compare_with_history(Composition(load_settings()), quiet=as_json)
    for verified in found:
        if as_json:
            continue
        state = "equal" if verified.equal else "DRIFT"
        console.print(f"{verified.model:20} {verified.rows:>9,} rows  {state}")
        for drift in verified.drift:
            console.print(f"  {drift.table}: {drift.missing} missing, {drift.surplus} surplus")
    if as_json:
        console.print_json(data={verified.model: verified.equal for verified in found})
    raise Exit(0 if all(verified.equal for verified in found) else 1)


def compare_with_history(composition: Composition, *, quiet: bool) -> list[Verified]:
    """Every read model against a replay of the events into shadow tables."""
    found = []
    for model in composition.read_models:
        with _bar(model.name, quiet=quiet) as progress:
            verified = verify(
                model,
                composition.projections.positions,
                composition.publishers,
                progress,
                partition_of if composition.kafka else whole_log,
            )
        found.append(verified)
    return found


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
                    console.print(f"  {reason}")
                raise Exit(1 if done.waiting else 0)
    raise ConfigurationError(f"{consumer!r} is not a consumer")


def _chosen(composition: Composition, name: str) -> list[ReadModel]:
    models = {model.name: model for model in composition.read_models}
    if name == "all":
        return list(models.values())
    if name not in models:
        raise ConfigurationError(f"{name!r} is not a read model: {', '.join(models)}, all")
    return [models[name]]


@contextmanager
def _bar(name: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar fed by (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=progress_console, disable=quiet) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
