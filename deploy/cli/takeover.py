"""`billing import stripe|paypal|razorpay`: an existing business comes here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.table import Table
from typer import Exit, Option, Typer

from deploy.cli.options import Json
from deploy.composition import Composition
from deploy.imports.business_map import NotAMap, read_map
from deploy.imports.cashier import read_cashier
from deploy.imports.report import report_of
from deploy.setting_loading import load_settings
from deploy.settings import ConfigurationError
from kernel.errors import DomainError
from services.billing.application.cutover.survey import Assignments, Found
from services.billing.application.cutover.take_over import Taken

console = Console(highlight=False)
GATEWAYS = ("stripe", "paypal", "razorpay", "sandbox")
MOST_TOLD = 50


def register(imports: Typer) -> None:
    for name in GATEWAYS:
        imports.command(name, help=f"Take over the subscriptions of a business at {name}.")(
            _command(name)
        )


def _command(gateway: str) -> Callable[..., None]:
    def command(
        dry_run: Annotated[bool, Option("--dry-run", help="Only look and report.")] = False,
        mapped: Annotated[
            Path | None, Option("--map", help="A CSV file", exists=True, dir_okay=False)
        ] = None,
        cashier: Annotated[
            Path | None, Option(help="A Laravel application's dump", exists=True, dir_okay=False)
        ] = None,
        payers: Annotated[str, Option(help="Cashier's table of who pays")] = "users",
        column: Annotated[str, Option(help="Its column that is the workspace")] = "id",
        metadata: Annotated[
            list[str] | None, Option(help="Names of customers' metadata that hold a workspace")
        ] = None,
        rate: Annotated[float, Option(help="Subscriptions a second", min=0.1)] = 5.0,
        write: Annotated[bool, Option("--write", help="Write our metadata there.")] = False,
        as_json: Json = False,
    ) -> None:
        try:
            dump = partial(read_cashier, cashier, payers, column) if cashier else Assignments
            given = _given(mapped, dump)
        except NotAMap as error:
            raise ConfigurationError(str(error)) from error
        if metadata:
            given = replace(given, metadata=metadata)
        found, taken = _run(gateway, given, rate, dry_run=dry_run, write=write)
        if as_json:
            print(json.dumps(report_of(found, taken)))
        else:
            _tell(found, taken)
        raise Exit(0 if _is_done(found, taken) else 1)

    return command


def _given(mapped: Path | None, dump: Callable[[], Assignments]) -> Assignments:
    """The map's word counts more than the dump's."""
    first, second = read_map(mapped) if mapped else Assignments(), dump()
    return Assignments(
        subscriptions={**second.subscriptions, **first.subscriptions},
        customers={**second.customers, **first.customers},
        prices=first.prices,
    )


def _run(
    name: str, given: Assignments, rate: float, *, dry_run: bool, write: bool
) -> tuple[Found, Taken | None]:
    composition = Composition(load_settings())
    gateway = composition.gateways.get(name)
    if gateway is None:
        raise ConfigurationError(f"{name} is not configured here")
    number = count(1)
    take_over = replace(composition.billing_use_cases.take_over, per_second=rate)
    try:
        with Console(stderr=True).status("Looking…") as status:
            if dry_run:
                return take_over.survey(gateway, given), None
            return take_over(
                *(gateway, given),
                write=write,
                progress=lambda ref: status.update(f"Adopting {ref}, the {next(number):,}."),
            )
    except DomainError as refusal:
        raise ConfigurationError(f"{refusal.code}: {refusal}") from refusal


def _is_done(found: Found, taken: Taken | None) -> bool:
    if found.left_to_people:
        return False
    return taken is None or (not taken.failed and taken.books_agree)


def _tell(found: Found, taken: Taken | None) -> None:
    for verdict, many in sorted(found.counts.items()):
        console.print(f"{verdict:<22} {many:,}")
    for proposal in found.proposals:
        like = f", costs as much as {', '.join(proposal.like)}" if proposal.like else ""
        price = proposal.price
        console.print(f"no plan for {price.ref}: {price.name}, {price.amount}{like}", markup=False)
    left = found.left_to_people
    table = Table("subscription", "customer", "workspace", "verdict", "notes")
    for each in left[:MOST_TOLD]:
        shown = each.snapshot
        table.add_row(
            *(shown.ref, shown.customer or "", each.workspace, each.verdict),
            ", ".join(each.notes),
        )
    if left:
        console.print(table)
    if len(left) > MOST_TOLD:
        console.print(f"and {len(left) - MOST_TOLD:,} more: --json tells of all")
    if taken is not None:
        _tell_taken(taken)


def _tell_taken(taken: Taken) -> None:
    console.print(f"adopted now            {taken.adopted:,}")
    for ref, code in taken.failed.items():
        console.print(f"{ref} failed: {code}", markup=False)
    for name, amount in sorted(taken.theirs.items()):
        word = "agrees" if taken.ours[name] == amount else f"here {taken.ours[name]:,}"
        console.print(f"books, {name:<15} {amount:,} {word}")
