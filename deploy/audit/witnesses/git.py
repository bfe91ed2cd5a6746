"""A Git repository as a witness: each head is a commit, and goes to the remote if there is one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from projections.audit_trail.heads import SignedHead, read_lines
from projections.audit_trail.json_lines import JsonLines
from projections.audit_trail.receipts import Answer, Undelivered

FILE = "heads.jsonl"
SECONDS = 30.0
REMOTE = "origin"
AUTHOR = ("-c", "user.name=billing", "-c", "user.email=billing@localhost")


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A clone of its own, of which nobody else changes the work tree."""

    name: str
    path: Path

    def deliver(self, signed: SignedHead) -> Answer:
        lines = JsonLines(self.path / FILE)
        if signed not in read_lines(lines.new()):
            lines.add([signed.facts()])
        self._git("add", FILE)
        if self._git("status", "--porcelain", FILE):
            told = f"{signed.head.service}: {signed.head.told}"
            self._git(*AUTHOR, "commit", "--quiet", "--no-verify", "-m", told, "--", FILE)
        if self._has_remote():
            self._git("push", "--quiet", REMOTE, "HEAD")
        return {"commit": self._git("rev-parse", "HEAD").strip()}

    def kept(self) -> Iterable[SignedHead]:
        """Of the remote, where there is one: the clone lies beside us."""
        place = "HEAD"
        if self._has_remote():
            self._git("fetch", "--quiet", REMOTE, self._git("branch", "--show-current").strip())
            place = "FETCH_HEAD"
        return list(read_lines(self._git("show", f"{place}:{FILE}").splitlines()))

    def _has_remote(self) -> bool:
        return REMOTE in self._git("remote").split()

    def _git(self, *arguments: str) -> str:
        """It asks nobody for a password."""
        surroundings = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        command = ["git", "-C", str(self.path), *arguments]
        try:
            run = subprocess.run(  # noqa: S603 - a list, and no shell
                command, env=surroundings, capture_output=True, timeout=SECONDS, check=True
            )
        except subprocess.CalledProcessError as error:
            raise Undelivered(error.stderr.decode(errors="replace").strip()) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Undelivered(str(error)) from error
        return run.stdout.decode()
