"""`billing doctor`: gateways, events and read model, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, astuple
from itertools import groupby
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer import Exit, Option, Typer

from deploy.cli.options import Json
from deploy.composition import Composition
from deploy.setting_loading import load_settings
from kernel.clock import rfc3339
from projections.plan_subscriptions.queries import row_of
from runtime.feed.parked_events import parked_events
from runtime.process.failed_items import FailedItems
from services.billing.application import Finding, Report

console = Console(highlight=False)


def register(app: Typer) -> None:
    app.command("doctor")(examine)


def examine(
    repair: Annotated[bool, Option("--repair", help="Correct by new events.")] = False,
    as_json: Json = False,
) -> None:
    """Compare what the gateways say, what the events say and what the read model shows.

    Changes nothing without --repair. Exits 1 while anything is left to look at.
    """
    composition = Composition(load_settings())
    database = composition.projections_database
    with Console(stderr=True).status("Examining…") as status:
        report = composition.billing_use_cases.doctor.examine(
            lambda workspace: row_of(database, workspace),
            repair=repair,
            progress=lambda workspace: status.update(f"Examining {workspace}…"),
        )
        report.findings += parked_findings(composition)
        report.findings += failed_findings(composition)
        report.findings += table_findings(composition)
    if as_json:
        console.print_json(data={**asdict(report), "is_healthy": report.is_healthy})
    else:
        _tell(report)
    raise Exit(0 if report.is_healthy else 1)


def parked_findings(composition: Composition) -> Iterator[Finding]:
    """One for each consumer and key: the event that can't be applied, and what waits behind it."""
    for service in composition.services():
        for consumer in service.consumers:
            parked = parked_events(service.positions.database, consumer.name)
            for (name, key), group in groupby(parked, lambda event: event.log_key):
                events = list(group)
                first = next((each for each in events if each.error), events[0])
                yield Finding(
                    "parked_event",
                    workspace=key,
                    ref=f"{name}:{first.sequence}",
                    field=consumer.name,
                    ours=f"{len(events)} set aside",
                    theirs=first.error,
                )


def failed_findings(composition: Composition) -> Iterator[Finding]:
    """What periodic work puts off, because it fails again and again."""
    for store in composition.events.stores.values():
        for item in FailedItems(store.database).all():
            yield Finding(
                "failed_item",
                workspace=item.key,
                field=item.work,
                ours=f"{item.attempts} attempts, again at {rfc3339(item.again_at)}",
                theirs=item.error,
            )


def table_findings(composition: Composition) -> Iterator[Finding]:
    """What differs from the log that it follows from."""
    for name, drift in composition.auditor.sources.derived().items():
        for each in drift:
            yield Finding(
                "table_differs",
                ref=name,
                field=each.table,
                ours=f"{each.surplus} surplus",
                theirs=f"{each.missing} missing: billing rebuild {name}",
            )


def _tell(report: Report) -> None:
    table = Table("finding", "workspace", "gateway", "reference", "field", "ours", "theirs", "")
    for finding in report.findings:
        *facts, repaired = astuple(finding)
        table.add_row(*map(escape, facts), "repaired" if repaired else "")
    if report.findings:
        console.print(table)
    seen = f"{report.accounts} accounts, {report.subscriptions} subscriptions at gateways"
    console.print(f"{seen}: {'healthy' if report.is_healthy else 'needs attention'}")
