"""How the text of a setting must read."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

SECRET_CHARACTERS = 32
SEED_BYTES = 32
STAFF_ROLES = ("super_admin", "support", "auditor")
# That of HTML's e-mail fields.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_SERVER = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")


def variable(name: str) -> str:
    return f"BILLING_{name.upper()}"


def several(text: str) -> list[str]:
    """The values of a comma-separated setting."""
    return [value.strip() for value in text.split(",") if value.strip()]


def pairs(text: str) -> dict[str, str]:
    """Of a setting that reads `name=value`, several of them separated by commas."""
    return {name: value for name, _, value in (each.partition("=") for each in several(text))}


def seed_of(text: str) -> bytes:
    """Empty when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _url(url: str, schemes: tuple[str, ...], wanted: str, *, host: bool = True) -> None:
    try:
        parts = urlsplit(url)
        reachable = not host or bool(parts.hostname and parts.port != 0)
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in schemes or "://" not in url or not reachable:
        raise ValueError(wanted)
    if not url.isprintable() or " " in url:
        raise ValueError("must not hold spaces or control characters")


def _postgres_url(url: str) -> str:
    # Of several hosts, or a socket's directory, the library makes sense by itself.
    if url:
        _url(url, ("postgresql", "postgres"), "must be a postgresql:// URL", host=False)
    return url


def _http_url(url: str) -> str:
    if url:
        _url(url, ("http", "https"), "must be an http(s):// URL")
    return url.rstrip("/")


def _directory_url(url: str) -> str:
    if url:
        _url(url, ("http", "https"), "must be an http(s):// URL")
        if "{workspace}" not in url.partition("://")[2].partition("/")[2]:
            raise ValueError("must hold {workspace} in its path or query")
    return url


def _smtp_url(url: str) -> str:
    if url:
        _url(url, ("smtp", "smtps"), "must be an smtp:// or smtps:// URL")
    return url


def _email(address: str) -> str:
    if address and (len(address) > 254 or not _EMAIL.fullmatch(address)):
        raise ValueError("must be one e-mail address, such as team@example.com")
    return address


def _servers(text: str) -> str:
    if not all(_SERVER.fullmatch(each) for each in several(text)):
        raise ValueError("must read host:port, or several of them separated by commas")
    return text


def _secret_keys(text: str) -> str:
    if any(secret.startswith(("pk_", "rzp_")) for secret in several(text)):
        raise ValueError("this is a public key: the secret one is needed")
    return text


def _hosts(text: str) -> str:
    if not all(_HOST.fullmatch(each) for each in several(text)):
        raise ValueError("must be a host's name, or several of them separated by commas")
    return text


def _origins(text: str) -> str:
    for origin in several(text):
        _http_url(origin)
        if origin.count("/") != len("//"):
            raise ValueError("must read https://host, or several of them separated by commas")
    return text


def _staff_roles(text: str) -> str:
    if not all(group and role in STAFF_ROLES for group, role in pairs(text).items()):
        raise ValueError(f"must read group=role, with a role of {', '.join(STAFF_ROLES)}")
    return text


PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
DirectoryUrl = Annotated[str, AfterValidator(_directory_url)]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url)]
Email = Annotated[str, AfterValidator(_email)]
Servers = Annotated[str, AfterValidator(_servers)]
Secret = Annotated[str, AfterValidator(_secret_keys)]
Hosts = Annotated[str, AfterValidator(_hosts)]
Origins = Annotated[str, AfterValidator(_origins)]
StaffRolesOfGroups = Annotated[str, AfterValidator(_staff_roles)]
Exposure = Literal["public", "token", "off"]
Rate = Annotated[int, Field(ge=0, le=10_000_000)]
