"""Identifiers, and the bounds of those that callers choose."""

from __future__ import annotations

import hashlib
import re
import secrets

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


def new_id(prefix: str) -> str:
    """A fresh unguessable id such as `chk_5f2c…`: 120 random bits, URL-safe, lower case."""
    return f"{prefix}_{secrets.token_hex(15)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, in lines one below the other."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{prefix}_{digest[:30]}"


def is_slug(text: str) -> bool:
    """Lower-case URL-safe words joined by hyphens, at most 64 characters."""
    return _SLUG.fullmatch(text) is not None


def is_workspace_id(text: str) -> bool:
    """Chosen by the host application: 1-128 URL-safe characters, not starting with a mark."""
    return _WORKSPACE.fullmatch(text) is not None
