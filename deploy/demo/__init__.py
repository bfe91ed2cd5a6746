"""`billing demo`: a host application plays a month against the running system, and checks it."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy.bars import COLUMNS
from deploy.demo.comparison import Finding, compare
from deploy.demo.host import Host, Unexpected
from deploy.demo.memory import resident_megabytes
from deploy.demo.offers import sell_offers
from deploy.demo.showcase import WORKSPACE as DEMO_WORKSPACE
from deploy.demo.showcase import furnish
from deploy.demo.story import ACTS, Stage
from deploy.demo.traffic import generate
from kernel.clock import utc_clock
from kernel.month import Month

WORKSPACES = 20
STORY = (*ACTS, ("Trials, seats and discounts", sell_offers))
__all__ = ["DEMO_WORKSPACE", "play"]


@dataclass(frozen=True)
class Outcome:
    findings: list[Finding]
    events: int
    memory: dict[str, float]

    @property
    def differences(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.equal]

    @property
    def equal(self) -> bool:
        return bool(self.findings) and not self.differences

    def as_json(self) -> dict[str, Any]:
        return {
            "equal": self.equal,
            "events": self.events,
            "checked": len(self.findings),
            "differences": [str(finding) for finding in self.differences],
            "resident_megabytes": self.memory,
        }


def play(
    *, url: str, secret: str, seed: int, events: int, data_directory: Path, console: Console
) -> Outcome:
    """The month is the last whole one. Workspaces are new in each run, so that any number of runs
    share one installation; everything else follows from the seed."""
    run = secrets.token_hex(3)
    workspaces = [f"demo-{run}-{number:02d}" for number in range(1, WORKSPACES + 1)]
    month = Month.of(utc_clock()).previous
    traffic = generate(seed, workspaces, month, events)
    host = Host(url, secret)
    try:
        stage = _perform(host, workspaces, month, traffic, console)
        outcome = Outcome(compare(stage), len(traffic), resident_megabytes(url, data_directory))
        furnish(host, utc_clock())
    except Unexpected as error:
        console.print(f"[red]The story broke off:[/red] {error}")
        return Outcome([], len(traffic), {})
    finally:
        host.close()
    _report(stage, outcome, console)
    return outcome


def _perform(
    host: Host, workspaces: list[str], month: Month, traffic: Any, console: Console
) -> Stage:
    with Progress(*COLUMNS, console=console) as progress:
        acts = progress.add_task("The story", total=len(STORY))
        usage = progress.add_task("Usage events", total=len(traffic))
        stage = Stage(host, workspaces, month, traffic, lambda done: progress.advance(usage, done))
        for title, act in STORY:
            progress.update(acts, description=title)
            act(stage)
            progress.advance(acts)
        progress.update(acts, description="The story")
    return stage


def _report(stage: Stage, outcome: Outcome, console: Console) -> None:
    console.print("\n[bold]What happened[/bold]")
    for line in stage.told:
        console.print(f"  • {line}")
    table = Table("read model", "checked", "equal", "different", title="Expected against shown")
    checked = Counter(finding.model for finding in outcome.findings)
    wrong = Counter(finding.model for finding in outcome.differences)
    for model, count in checked.items():
        colour = "red" if wrong[model] else "green"
        table.add_row(model, str(count), str(count - wrong[model]), f"[{colour}]{wrong[model]}[/]")
    console.print(table)
    for finding in outcome.differences[:20]:
        console.print(f"[red]{finding.model}[/red] {finding}")
    for name, size in outcome.memory.items():
        console.print(f"  resident, {name}: {size:.0f} MB")
    verdict = (
        "[green]All numbers are equal.[/green]"
        if outcome.equal
        else "[red]There are differences.[/red]"
    )
    console.print(verdict)
