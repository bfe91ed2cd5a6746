"""Commands that prove history: verification, and the heads that it is held against."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Exit, Option, Typer

from deploy.audit.against import NoHeads, kept_elsewhere
from deploy.audit.bundle import encode
from deploy.bars import bars
from deploy.cli.check import proving_settings
from deploy.cli.options import Json
from deploy.composition import Composition
from deploy.settings import ConfigurationError
from kernel.errors import DomainError
from kernel.text import is_line
from projections.audit_trail.auditing import Report
from projections.audit_trail.http.verifications import report_as_json
from projections.audit_trail.receipts import receipts
from runtime.process.derived import Drift

console = Console(highlight=False)


def register(app: Typer) -> None:
    app.command()(verify)


def verify(
    full: Annotated[bool, Option(help="From the first event, not the last checkpoint.")] = False,
    replay: Annotated[bool, Option(help="Compare the read models with a replay.")] = True,
    against: Annotated[
        list[str] | None,
        Option(help="A file of signed heads or a bundle that you kept, or a witness's address."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove that stored history is unaltered and that all tables follow from it; exits 1 when
    anything differs, and 2 when what it shall be compared with can't be read or is not ours."""
    composition = Composition(proving_settings())
    auditor = composition.auditor
    try:
        kept = [
            head
            for target in against or ()
            for head in kept_elsewhere(target, auditor.signer, lambda: composition.events.kafka)
        ]
    except NoHeads as error:
        raise ConfigurationError(str(error)) from error
    with bars(quiet=as_json) as watched:
        try:
            report = auditor.verify(full=full, replay=replay, against=kept, watch=watched.part)
        except DomainError as error:
            raise ConfigurationError(error.text) from error
    if as_json:
        console.print_json(data=json.loads(encode(report_as_json(report))))
    else:
        _tell_report(report)
        _tell_derived(report.derived)
    raise Exit(0 if report.intact else 1)


def _tell_derived(drift: Mapping[str, Sequence[Drift]]) -> None:
    for name, found in drift.items():
        console.print(f"{name:20} {'[red]DRIFT[/red]' if found else 'equal'}")
        for each in found:
            console.print(f"  {each.table}: {each.missing} missing, {each.surplus} surplus")
            for what, rows in (("is", each.surplus_rows), ("follows", each.missing_rows)):
                for row in rows:
                    console.print(f"    {what} {escape(row)}")


def _tell_report(report: Report) -> None:
    for chain in report.chains:
        state = "intact" if chain.intact else f"[red]{chain.found} FOUND[/red]"
        console.print(
            f"{chain.service:20} {chain.events:>9,} events behind {chain.since:,}, "
            f"{chain.checkpoints:,} checkpoints  {state}"
        )
        for finding in chain.findings:
            console.print(f"  {finding.event} {finding.kind}: {escape(finding.detail)}")
    for model in report.read_models:
        state = (
            "equal" if model.equal else "[red]DRIFT[/red]" if model.drift else "[red]PARKED[/red]"
        )
        console.print(f"{model.model:20} {model.rows:>9,} rows  {state}")
        if model.parked:
            console.print(f"  {model.parked} events are parked: billing retry {model.model}")
        for drift in model.drift:
            console.print(f"  {drift.table}: {drift.missing} missing, {drift.surplus} surplus")
    for head in report.reseals:
        console.print(f"{head.service:20} was sealed anew at {head.at}: {escape(head.reason)}")
    for name, reason in report.unreplayed.items():
        console.print(f"{name:20} [red]can't be replayed[/red]: {escape(reason)}")


def head() -> None:
    """Sign what history is now, and print the longest head of each service, one a line: keep them
    where nobody of this system can change them, for `billing verify --against`."""
    heads = Composition(proving_settings()).auditor.heads
    heads.sign_due()
    for _, signed in sorted(heads.last().items()):
        print(json.dumps(signed.facts()))


def print_receipts(
    witness: Annotated[str, Option(help="Of this one only, as metrics name it.")] = "",
) -> None:
    """Print the heads that witnesses elsewhere have, each with what was answered: a co-signature, a
    time stamp, a commit. It serves as a file of heads."""
    for each in receipts(Composition(proving_settings()).projections_database, witness):
        print(json.dumps(each))


def reseal(
    reason: Annotated[str, Option(help="Why history differs from what was signed.")],
    confirm: Annotated[str, Option(help="`reseal`", prompt="Type `reseal` to go on")],
) -> None:
    """After a restore, let history count as it is, although it differs from heads that were signed.
    Those stay, and every later verification tells of it."""
    if confirm != "reseal" or not reason.strip() or not is_line(reason):
        raise ConfigurationError("a reason of one line and the word `reseal` are needed")
    made = Composition(proving_settings()).auditor.heads.reseal(reason.strip())
    for signed in made:
        console.print(f"{signed.head.service}: sealed anew behind {signed.head.sequence:,}")
    if not made:
        console.print("Nothing contradicts what was signed.")
