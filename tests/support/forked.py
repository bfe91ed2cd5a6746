"""Processes of this system, each forked from one that has imported it: a start of Python that
imports everything takes seconds."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired

PRELOADED = multiprocessing.get_context("forkserver")
PRELOADED.set_forkserver_preload(["deploy.cli", "tests.support.metering_service"])


@dataclass(frozen=True)
class Start:
    """A program as a shell would start it: its `main` and what that finds around it. Without `out`
    and `err` it writes to those of the tests."""

    main: Callable[[], object]
    arguments: Sequence[str]
    directory: Path
    variables: Mapping[str, str]
    out: Path | None = None
    err: Path | None = None

    def run(self) -> None:
        os.setsid()
        os.chdir(self.directory)
        os.environ.clear()
        os.environ.update(self.variables)
        sys.argv = list(self.arguments)
        for number, path in ((1, self.out), (2, self.err)):
            if path is None:
                continue
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(opened, number)
            os.close(opened)
        try:
            self.main()
        finally:
            # What a child of a fork leaves out, and a program does.
            atexit._run_exitfuncs()


class Forked:
    """Has the part of `subprocess.Popen` that is used."""

    def __init__(self, start: Start) -> None:
        self._process = PRELOADED.Process(target=start.run)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        ended = self._process.exitcode
        if ended is None:
            raise TimeoutExpired(self._process.name, timeout or 0)
        return ended

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
