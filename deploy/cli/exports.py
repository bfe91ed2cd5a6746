"""The command that takes history elsewhere: as a bundle with its proofs, or to read it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from rich.console import Console
from rich.markup import escape
from typer import Exit, Option

from deploy.audit.exporting import Export, HistoryAltered, require_intact
from deploy.bars import bars
from deploy.cli.check import proving_settings
from deploy.cli.names import UnknownName
from deploy.composition import Composition
from deploy.settings import ConfigurationError
from kernel.errors import DomainError
from kernel.ids import is_workspace_id
from projections.audit_trail.exports import Form, exported
from projections.audit_trail.ledger import Ledger, open_ledger

console = Console(highlight=False, stderr=True)


def export(
    out: Annotated[
        Path,
        Option(help="Of a bundle, a directory that is new or empty; else a new file, or - ."),
    ],
    form: Annotated[
        Literal["bundle", "jsonl", "parquet"],
        Option("--format", help="With proofs and of one workspace, or to be read elsewhere."),
    ] = "bundle",
    workspace: Annotated[
        str, Option("--workspace", help="Its id. All events where it is left out.")
    ] = "",
    cursor: Annotated[
        str, Option(help="Of jsonl and parquet: the id of the last event that you have.")
    ] = "",
) -> None:
    """Write events: one workspace's with their proofs into a directory, or one's or all of them as
    lines of JSON or as Parquet. Exits 1 where history was altered: then nothing is signed."""
    if workspace and not is_workspace_id(workspace):
        raise ConfigurationError(f"{workspace!r} is not the id of a workspace")
    composition = Composition(proving_settings())
    if workspace:
        with open_ledger(composition.projections_database) as ledger:
            known_workspace(ledger, workspace)
    if form == "bundle":
        if not workspace or cursor:
            raise ConfigurationError("a bundle is of one --workspace, and has no --cursor")
        _write_bundle(composition, workspace, out)
    else:
        _write_events(composition, form, workspace, cursor, out)


def _write_events(
    composition: Composition, form: Form, workspace: str, cursor: str, out: Path
) -> None:
    database = composition.projections_database
    try:
        pieces = exported(database, form, workspace or None, cursor)
    except DomainError as error:
        raise ConfigurationError(error.text) from error
    if str(out) == "-":
        sys.stdout.buffer.writelines(pieces)
        return
    if out.exists():
        raise ConfigurationError(f"{out} exists")
    with out.open("xb") as file:
        file.writelines(pieces)
    console.print(f"{out.stat().st_size:,} bytes are in {escape(str(out))}")


def _write_bundle(composition: Composition, workspace: str, out: Path) -> None:
    signer = composition.auditor.signer
    try:
        with bars() as watched:
            require_intact(composition.auditor, watched.part)
        heads = composition.auditor.heads.last()
        with open_ledger(composition.projections_database) as ledger, bars() as watched:
            bundle = Export(workspace, out, ledger, composition.events.stores, signer, heads)
            events = bundle.write(composition.clock(), watched.part("events"))
    except HistoryAltered as error:
        console.print(f"[red]Not exported:[/red] {escape(str(error))}.")
        console.print("Run `billing verify --full`.")
        raise Exit(1) from error
    except FileExistsError as error:
        raise ConfigurationError(str(error)) from error
    told = Console(highlight=False)
    told.print(f"{events:,} events of {workspace} are in {out}")
    told.print(f"signed with {signer.public_key.hex()}")


def known_workspace(ledger: Ledger, workspace: str) -> None:
    """Raises UnknownName."""
    if not ledger.count(workspace):
        raise UnknownName(workspace, "workspace with a history", ledger.workspaces())
