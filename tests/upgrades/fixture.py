"""A data directory, laid out from what a released version left."""

from __future__ import annotations

import json
import lzma
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from kernel.clock import utc_clock
from runtime.postgres import embedded_server
from tests.upgrades.record import DUMP, EXPECTED, SANDBOX, SECRETS

FOLDER = Path(__file__).parent
VERSIONS = sorted(folder.name for folder in FOLDER.iterdir() if (folder / DUMP).exists())


@dataclass(frozen=True)
class Fixture:
    version: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.version

    @cached_property
    def expected(self) -> Any:
        return json.loads(lzma.decompress((self.folder / EXPECTED).read_bytes()))

    def lay_out(self, data: Path) -> None:
        data.mkdir(parents=True)
        for name in SECRETS:
            shutil.copy(self.folder / name, data / name)
        (data / "sandbox.sqlite").write_bytes(self._unpacked(SANDBOX))
        self._turn_back(data / "sandbox.sqlite")
        url = embedded_server.start(data / "postgres")
        restore = [str(embedded_server.binary("psql")), "-q", "-v", "ON_ERROR_STOP=1", url]
        subprocess.run(restore, input=self._unpacked(DUMP), check=True, stdout=subprocess.DEVNULL)

    def _unpacked(self, name: str) -> bytes:
        return lzma.decompress((self.folder / name).read_bytes())

    def _turn_back(self, sandbox: Path) -> None:
        """The sandbox goes on at the time of recording: no period has ended meanwhile."""
        recorded = datetime.fromisoformat(self.expected["recorded_at"])
        offset = json.dumps({"seconds": (recorded - utc_clock()).total_seconds()})
        connection = sqlite3.connect(sandbox)
        with connection:
            connection.execute(
                "INSERT INTO settings VALUES ('ClockOffset', ?) "
                "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                (offset.encode(),),
            )
        connection.close()
