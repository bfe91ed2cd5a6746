"""`billing check`: settings, production's checklist, and whether all that is named answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from rich.console import Console
from rich.markup import escape
from typer import Argument, Exit, Typer

from deploy.cli.names import choice
from deploy.production import NEEDS, check_production
from deploy.setting_loading import load_settings, setting_problems
from deploy.settings import ConfigurationError, Settings
from deploy.surroundings import check_surroundings, survey

console = Console(highlight=False)


def register(app: Typer) -> None:
    app.command("check")(check)


def check(
    process: Annotated[
        list[str] | None,
        Argument(help=f"One of: {', '.join(NEEDS)}", autocompletion=lambda: list(NEEDS)),
    ] = None,
) -> None:
    """Check the settings as a process does before it starts, and everything that they name.

    Exits 2 when anything is wrong.
    """
    name = known_process(" ".join(process or ["run"]))
    problems = list(_examine(name))
    for problem in problems:
        console.print(f"[red]![/red] {escape(problem)}", soft_wrap=True)
    if problems:
        raise Exit(2)
    console.print(f"{name}: all is well")


def known_process(name: str) -> str:
    return choice(name, "process", NEEDS)


def _examine(process: str) -> Iterator[str]:
    problems = setting_problems()
    yield from problems
    if problems:
        return
    settings = load_settings()
    try:
        for accepted in check_production(settings, process):
            console.print(f"accepted: {accepted}")
    except ConfigurationError as error:
        yield from str(error).splitlines()
    for found in survey(settings):
        if found.problem:
            yield found.line()
        else:
            console.print(escape(found.line()), soft_wrap=True)


def ready_settings(process: str) -> Settings:
    """Of a process that is about to start. Raises ConfigurationError with a line each for all that
    would keep it from working."""
    settings = load_settings()
    check_production(settings, process)
    check_surroundings(settings)
    return settings


def proving_settings() -> Settings:
    """Of a command that signs history, or verifies what was signed."""
    settings = load_settings()
    if settings.env == "production" and not settings.signing_key:
        raise ConfigurationError("BILLING_SIGNING_KEY is needed")
    return settings
