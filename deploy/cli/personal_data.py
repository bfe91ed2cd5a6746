"""Commands about a workspace's people: what is known of them, and that it is known no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Exit, Option

from deploy.cli.check import proving_settings
from deploy.cli.exports import known_workspace
from deploy.composition import Composition
from projections.audit_trail.personal_data import NotErased, PersonalData

WorkspaceOption = Annotated[str, Option("--workspace", help="Its id.")]
trouble = Console(highlight=False, stderr=True)


def personal_data(workspace: WorkspaceOption) -> None:
    """Print all personal data of a workspace as JSON, readable: what its people may ask for (GDPR,
    articles 15 and 20)."""
    composition = Composition(proving_settings())
    with _of(composition, workspace) as data:
        print(json.dumps(data.told(composition.clock()), ensure_ascii=False, indent=2))


def certificate(workspace: WorkspaceOption) -> None:
    """Print a signed certificate that nobody can read a workspace's personal data any more (GDPR,
    article 17). Exits 1 while anything of it can be read."""
    composition = Composition(proving_settings())
    try:
        with _of(composition, workspace) as data:
            made = data.certificate(composition.clock(), composition.auditor.signer)
    except NotErased as error:
        trouble.print(f"[red]No certificate:[/red] {escape(str(error))}", soft_wrap=True)
        raise Exit(1) from error
    print(json.dumps(made, ensure_ascii=False, indent=2))


@contextmanager
def _of(composition: Composition, workspace: str) -> Iterator[PersonalData]:
    with composition.auditor.sources.personal_data(workspace) as data:
        known_workspace(data.ledger, workspace)
        yield data
