"""What lists over all workspaces are narrowed by. None, or no words: by nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from kernel.text import LINE

Words = Annotated[
    str, Query(alias="q", max_length=200, pattern=LINE, description="Words to look for.")
]
Workspace = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]
Gateway = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Currency = Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")]
