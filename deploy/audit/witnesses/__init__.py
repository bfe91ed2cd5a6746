"""Which witness is meant by a name: `https://…`, `tsa+https://…#roots.pem`, `kafka:topic`,
`git:clone`; anything else is a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates

from deploy.audit.witnesses.git import GitRepository
from deploy.audit.witnesses.http import HttpWitness, TimeStamps
from deploy.audit.witnesses.topic import HeadTopic
from deploy.settings import ConfigurationError
from projections.audit_trail.receipts import Outlet
from runtime.kafka import Kafka
from runtime.kafka.plain_topic import PlainTopic

STAMPS = "tsa+"
SETTING = "BILLING_AUDIT_WITNESS"


def is_file(target: str) -> bool:
    return not target.startswith(("http://", "https://", STAMPS, "kafka:", "git:"))


def outlet_of(target: str, kafka: Callable[[], Kafka | None]) -> Outlet:
    """Of what is no file. Raises ConfigurationError."""
    kind, _, rest = target.partition(":")
    if kind == "git":
        if not (Path(rest) / ".git").exists():
            raise ConfigurationError(f"{SETTING}: {rest} is no clone of a Git repository")
        return GitRepository(target, Path(rest))
    if kind == "kafka":
        cluster = kafka()
        if cluster is None or not rest:
            raise ConfigurationError(f"{SETTING}: {target} needs BILLING_KAFKA_BOOTSTRAP_SERVERS")
        return HeadTopic(target, PlainTopic(cluster, rest))
    return _over_http(target)


def _over_http(target: str) -> Outlet:
    parts = urlsplit(target.removeprefix(STAMPS))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{SETTING}: {parts.scheme}://{parts.hostname} is no address")
    url = parts._replace(fragment="").geturl()
    host = parts.netloc.rpartition("@")[2]
    named = parts._replace(netloc=host, query="", fragment="").geturl()
    if not target.startswith(STAMPS):
        return HttpWitness(named, url)
    try:
        roots = load_pem_x509_certificates(Path(parts.fragment).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{SETTING}: {STAMPS}{named} needs #file with the authority's roots (PEM): {error}"
        ) from error
    return TimeStamps(f"{STAMPS}{named}", url, tuple(roots))
