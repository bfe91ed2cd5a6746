"""What lists over all workspaces are narrowed by. None, or no words: by nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query

from kernel.month import Month
from kernel.text import LINE

MONTH = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$"

Words = Annotated[
    str, Query(alias="q", max_length=200, pattern=LINE, description="Words to look for.")
]
Workspace = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,128}$", description="Only this workspace.")
]
Gateway = Annotated[
    str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="Only this gateway.")
]
Currency = Annotated[str | None, Query(pattern=r"^[A-Z]{3}$", description="Only this currency.")]
InMonth = Annotated[str | None, Query(pattern=MONTH, description="A month, such as 2026-11.")]


def first_day(month: str | None) -> date | None:
    """Of what matches `MONTH`."""
    return Month.parse(month).start.date() if month else None
