"""Commands of auditors: bundles, erasure, what-if."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from rich.console import Console
from rich.markup import escape
from typer import Argument, Exit, Option, Typer

from deploy.audit.against import NoHeads
from deploy.audit.bundle import encode
from deploy.audit.checking import check_bundle
from deploy.audit.cosigned import cosigned_heads, problems_of
from deploy.audit.outcome import Outcome
from deploy.audit.what_if import Refusals, Scenario, WhatIf
from deploy.bars import bars
from deploy.cli.exports import export, known_workspace
from deploy.cli.names import known
from deploy.cli.options import Json
from deploy.cli.personal_data import WorkspaceOption, certificate, personal_data
from deploy.cli.verification import head, print_receipts, reseal
from deploy.cli.witness import public_key, witness
from deploy.composition import Composition
from deploy.setting_loading import load_settings
from deploy.settings import ConfigurationError
from kernel.cause import Cause
from kernel.errors import DomainError
from kernel.ids import is_workspace_id
from kernel.month import Month
from projections.audit_trail.cosigning import CosignedHead, Quorum
from projections.audit_trail.ledger import open_ledger
from runtime.messaging.inbox import Inbox
from services.billing.application.erase_workspace import EraseWorkspace
from services.metering.domain.meters import BUILT_IN, LARGEST_VALUE

console = Console(highlight=False)
CLI = Cause("cli", "audit", "audit")


def register(app: Typer) -> None:
    app.command()(erase)
    app.command("what-if")(what_if)
    bundles = Typer(no_args_is_help=True, help="History elsewhere: events, proofs, heads.")
    bundles.command("export")(export)
    bundles.command("verify")(verify_bundle)
    bundles.command("head")(head)
    bundles.command("witness")(witness)
    bundles.command("receipts")(print_receipts)
    bundles.command("reseal")(reseal)
    bundles.command("personal-data")(personal_data)
    bundles.command("certificate")(certificate)
    app.add_typer(bundles, name="audit")


def verify_bundle(
    bundle: Annotated[Path, Argument(help="The directory that was exported.")],
    key: Annotated[str, Option(help="The public key that you trust, in hex.")] = "",
    cosigned: Annotated[list[Path] | None, Option(help="The file of a witness.")] = None,
    by: Annotated[list[str] | None, Option(help="Its public key, in hex.")] = None,
    of: Annotated[int, Option(min=1, help="So many of the witnesses must have co-signed.")] = 1,
    as_json: Json = False,
) -> None:
    """Check an exported bundle, without a database.

    Exits 1 when any byte of it was altered, and 2 when it is nothing that could be looked into: no
    directory, links or devices in it, files or numbers larger than any bundle's.
    """
    trusted = public_key(key, "--key").hex() if key.strip() else ""
    quorum = _quorum(by or [], of)
    seen = _seen(cosigned or [])
    with bars(quiet=as_json) as watched:
        outcome = check_bundle(bundle, trusted, watched.part("events"))
    if quorum is not None and outcome.intact:
        for problem in problems_of(bundle, seen, quorum):
            outcome.problem(problem)
    if as_json:
        _print_json({"intact": outcome.intact, **asdict(outcome)})
    else:
        _tell_outcome(outcome, trusted=bool(key))
    raise Exit(2 if outcome.refused else 0 if outcome.intact else 1)


def _units(metric: str) -> str:
    return BUILT_IN[metric].unit if metric in BUILT_IN else metric


def _quorum(witnesses: Sequence[str], needed: int) -> Quorum | None:
    keys = [public_key(each, "--by") for each in witnesses]
    if len(set(keys)) < needed and keys:
        raise ConfigurationError(f"--of {needed} needs as many keys of witnesses")
    return Quorum(keys, needed) if keys else None


def _seen(files: Sequence[Path]) -> list[CosignedHead]:
    try:
        return cosigned_heads(files)
    except NoHeads as error:
        raise ConfigurationError(str(error)) from error


def _tell_outcome(outcome: Outcome, *, trusted: bool) -> None:
    for problem in outcome.problems:
        console.print(f"[red]![/red] {escape(problem)}", soft_wrap=True)
    if outcome.refused:
        console.print(f"[red]Refused:[/red] {escape(outcome.refused)}", soft_wrap=True)
        return
    if not outcome.intact:
        console.print("[red]This bundle proves nothing: it was altered or is not whole.[/red]")
        return
    console.print(
        f"Intact: {outcome.events:,} events of {escape(outcome.workspace)} under "
        f"{outcome.checkpoints:,} signed checkpoints add up to these figures:"
    )
    console.print_json(data=outcome.figures)
    for service, sequence in outcome.whole.items():
        console.print(f"nothing was left out up to {service}:{sequence:,}")
    console.print(f"signed with {escape(outcome.public_key)}")
    if not trusted:
        console.print("Compare that key with the one you were given (--key does it for you).")


def erase(
    workspace: WorkspaceOption,
    confirm: Annotated[str, Option(help="The workspace's id again.", prompt=True)],
) -> None:
    """Destroy the key of a workspace's personal data: names and addresses become unreadable for
    good; amounts, counts and the chain stay. Recorded as an event."""
    _check_workspace(workspace)
    if confirm != workspace:
        raise ConfigurationError("the confirmation is not the workspace's id: nothing was erased")
    composition = Composition(load_settings())
    with open_ledger(composition.projections_database) as ledger:
        known_workspace(ledger, workspace)
    store = composition.events.stores["billing"]
    inbox = Inbox(store.database, composition.vault)
    erase_workspace = EraseWorkspace(store, composition.vault, inbox, composition.clock)
    try:
        first = erase_workspace(workspace, CLI)
    except DomainError as error:
        raise ConfigurationError(f"{error.text} Nothing was erased.") from error
    console.print(f"Personal data of {workspace} {'is' if first else 'was already'} erased.")


def what_if(
    plan: Annotated[str, Option(help="Whose workspaces.")],
    since: Annotated[str, Option(help="The first month, such as 2026-05.")],
    monthly_conversations: Annotated[int | None, Option(min=0)] = None,
    monthly_messages: Annotated[int | None, Option(min=0)] = None,
    quota: Annotated[
        list[str] | None, Option(help="Of a declared meter, such as tokens=50000; 0 is none.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Replay history under another limit: who would have been refused, how often, when first."""
    try:
        month = Month.parse(since)
    except ValueError as error:
        raise ConfigurationError(f"--since: {error}") from error
    if monthly_conversations is None and monthly_messages is None and not quota:
        raise ConfigurationError(
            "name a limit: --monthly-conversations, --monthly-messages or --quota"
        )
    quotas = dict(map(_quota, quota or []))
    scenario = Scenario(plan, month, monthly_conversations, monthly_messages, quotas)
    composition = Composition(load_settings())
    with open_ledger(composition.projections_database) as ledger:
        known(plan, "plan", ledger.plans())
        for meter in quotas:
            known(meter, "declared meter", ledger.meters())
    with open_ledger(composition.projections_database) as ledger, bars(quiet=as_json) as watched:
        refused = WhatIf(scenario).replay(ledger, watched.part("replaying"))
    if as_json:
        _print_json([asdict(each) for each in refused])
    else:
        _tell_refusals(refused)


def _quota(given: str) -> tuple[str, int]:
    meter, _, limit = given.partition("=")
    if not (limit.isascii() and limit.isdigit()) or int(limit[:20]) > LARGEST_VALUE:
        raise ConfigurationError(f"--quota: {given!r} is not like tokens=50000")
    return meter, int(limit)


def _tell_refusals(refused: list[Refusals]) -> None:
    for each in refused:
        console.print(
            f"{each.month}  {each.workspace:30} {each.refused:>8,} of {each.used:,} "
            f"{_units(each.metric)} refused, first at {each.first_at:%Y-%m-%d %H:%M}"
        )
    workspaces = {each.workspace for each in refused}
    total = sum(each.refused for each in refused)
    console.print(f"{len(workspaces):,} workspaces would have been refused {total:,} times.")


def _check_workspace(workspace: str) -> None:
    if not is_workspace_id(workspace):
        raise ConfigurationError(f"{workspace!r} is not the id of a workspace")


def _print_json(value: Any) -> None:
    console.print_json(data=json.loads(encode(value)))
