"""Strings of request bodies. Whatever is more special than these has a pattern of its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from kernel.text import LINE, LINES

Line = Annotated[str, StringConstraints(pattern=LINE)]
Lines = Annotated[str, StringConstraints(pattern=LINES)]
