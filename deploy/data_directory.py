"""The data directory: whom it is closed to, and the secrets that development keeps in it."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from deploy.settings import ConfigurationError, Settings


def close_to_others(directory: Path) -> None:
    """Others may pass through, as the user of an embedded PostgreSQL that root started must, but
    neither list nor write. A directory that many share is left as it is."""
    found = directory.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        directory.chmod(stat.S_IMODE(found.st_mode) & ~0o066)


def development_secret(settings: Settings, name: str) -> bytes:
    """32 random bytes, made once and kept in the data directory; never in production."""
    if settings.env == "production":
        raise ConfigurationError(f"production does not generate the {name}")
    path = settings.data_dir / f"{name}.secret"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.draft")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret holds
            os.link(draft, path)
        draft.unlink()
    return bytes.fromhex(path.read_text().strip())
