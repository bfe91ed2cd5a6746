"""Whether what the settings name can be reached: databases, token keys, Kafka, mail, directory."""

from __future__ import annotations

import os
import smtplib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from deploy.setting_types import several, variable
from deploy.settings import PARTS, ConfigurationError, Settings
from runtime.postgres.database import unreachable
from runtime.web.key_set import fetch_key_set

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Found:
    """`problem` is empty when all is well."""

    setting: str
    problem: str

    def line(self) -> str:
        return f"{self.setting}: {self.problem or 'ok'}"


def survey(settings: Settings) -> list[Found]:
    """Everything that the settings name, asked once."""
    return [*directories(settings), *databases(settings), *_others(settings)]


def check_surroundings(settings: Settings) -> None:
    """What a process can't begin without. Raises ConfigurationError with a line for each problem.

    Keys of tokens may be away for a while where people depend on the rest: production starts
    without them, and is not ready until they came.
    """
    found = [*directories(settings), *databases(settings)]
    if settings.env != "production":
        found += _token_keys(settings)
    problems = [each.line() for each in found if each.problem]
    if problems:
        raise ConfigurationError("\n".join(problems))


def directories(settings: Settings) -> list[Found]:
    """Ours is made, for its owner alone, where something is kept in it."""
    if settings.env == "production":
        return []
    return [Found("BILLING_DATA_DIR", _told(partial(_make_private, settings)))]


def _make_private(settings: Settings) -> None:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise PermissionError(f"{settings.data_dir} can't be written to")


def databases(settings: Settings) -> list[Found]:
    """Each server once, however many parts it serves. The embedded one starts when it is needed."""
    named = ["database_url", *(f"{part}_database_url" for part in PARTS)]
    urls = {getattr(settings, name): name for name in reversed(named)}
    return [Found(variable(name), unreachable(url)) for url, name in urls.items() if url]


def _others(settings: Settings) -> Iterator[Found]:
    yield from _token_keys(settings)
    for server in several(settings.kafka_bootstrap_servers):
        yield Found("BILLING_KAFKA_BOOTSTRAP_SERVERS", _told(partial(_connect, f"//{server}", 0)))
    if settings.smtp_url:
        usual = 465 if settings.smtp_url.startswith("smtps") else smtplib.SMTP_PORT
        yield Found("BILLING_SMTP_URL", _told(partial(_connect, settings.smtp_url, usual)))


def _token_keys(settings: Settings) -> list[Found]:
    if not settings.jwks_url:
        return []
    return [Found("BILLING_JWKS_URL", _told(partial(fetch_key_set, settings.jwks_url)))]


def _connect(url: str, usual_port: int) -> None:
    parts = urlsplit(url)
    socket.create_connection((parts.hostname or "", parts.port or usual_port), SECONDS).close()


def _told(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Exception as error:
        return " ".join(f"{error or type(error).__name__}".split())[:300]
    return ""
