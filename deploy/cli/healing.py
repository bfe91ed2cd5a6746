"""Commands after a restore or a failover."""

from __future__ import annotations

from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Argument, Exit, Option, Typer

from deploy import healing
from deploy.cli.check import proving_settings
from deploy.composition import Composition
from deploy.settings import ConfigurationError
from kernel.text import is_line
from runtime.feed.positions import Positions
from runtime.kafka import relay

console = Console(highlight=False, soft_wrap=True)


def register(app: Typer) -> None:
    app.command()(restored)
    app.command()(heal)
    app.command()(republish)


def restored(
    reason: Annotated[str, Option(help="What was restored or promoted, and to which moment.")],
) -> None:
    """Say that history may have been cut: begins an epoch of every log, so that nobody trusts what
    it remembers. Then look at `billing heal --dry-run`."""
    if not reason.strip() or not is_line(reason):
        raise ConfigurationError("a reason of one line is needed")
    composition = Composition(proving_settings())
    for service, epoch in healing.restored(composition, reason.strip()).items():
        console.print(f"{service}: epoch {epoch.epoch} behind {epoch.head:,}")
    for each in healing.astray(composition):
        console.print(escape(str(each.fork)))


def republish(
    service: Annotated[str, Argument(help="Whose topic.")],
    first: Annotated[int, Option("--from", min=1, help="The first event, by its sequence.")] = 1,
) -> None:
    """Have the relay publish a service's events again, into a topic that was lost, say. Consumers
    that have them skip them."""
    composition = Composition(proving_settings())
    stores = composition.events.stores
    if composition.events.kafka is None:
        raise ConfigurationError(
            "BILLING_KAFKA_BOOTSTRAP_SERVERS is not set: nothing to publish to"
        )
    if service not in stores:
        raise ConfigurationError(f"{service!r} is not a service: {', '.join(stores)}")
    store = stores[service]
    count = relay.republish(store, Positions(store.database), first)
    console.print(f"{service}: {count:,} events from {first:,} on, by the relay that leads")


def heal(
    dry_run: Annotated[
        bool, Option("--dry-run", help="Only say what is wrong, and exit 1 if anything is.")
    ] = False,
) -> None:
    """Bring back to its log whoever has followed another history, and put right what services keep
    beside their events. Safe to repeat, and while processes run."""
    composition = Composition(proving_settings())
    wrong = healing.heal(composition, lambda line: console.print(escape(line)), dry_run=dry_run)
    if not wrong:
        console.print("All agree with their logs.")
    raise Exit(1 if wrong and dry_run else 0)
