"""The package `blocking` from the package `aio`: the same without `await`."""

from __future__ import annotations

import re

HEAD = "# Generated from aio/{name}: change that one.\n"
WORDS = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bhttpx\.AsyncClient\b", "httpx.Client"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\baclose\b", "close"),
    (r"\ba(read|iter_bytes)\b", r"\1"),
    (r"\bworkspace_billing\.aio\b", "workspace_billing.blocking"),
    (r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1"),
    (r"\bAwaitable, ", ""),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"^import asyncio$", "import time"),
    (r"^\"\"\"The asynchronous client.*$", '"""The blocking client."""'),
]


def blocking(name: str, source: str) -> str:
    for found, put in WORDS:
        source = re.sub(found, put, source, flags=re.MULTILINE)
    return HEAD.format(name=name) + source
