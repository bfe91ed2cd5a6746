"""Where webhooks may go: an endpoint's URL must not reach into the network that we stand in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 2_048
Address = IPv4Address | IPv6Address
# Translated to IPv4 somewhere on the way: RFC 6052 and 8215.
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# 192.0.0.0/24 holds exceptions that are global, and nobody's web server.
PROTOCOL_ASSIGNMENTS = IPv4Network("192.0.0.0/24")


def is_public(text: str) -> bool:
    """An address of the internet, also in what it embeds."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(each) for each in _with_embedded(address))


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv4Address) and address in PROTOCOL_ASSIGNMENTS:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _with_embedded(address: Address) -> Iterator[Address]:
    if isinstance(address, IPv4Address):
        yield address
        return
    if any(address in network for network in NAT64):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
        return
    embedded = address.ipv4_mapped
    if embedded is not None:
        yield embedded
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo


def url_problem(url: str, *, private: bool) -> str | None:
    """Why it can't be an endpoint's. `private`: addresses of the own network are allowed, and
    plain HTTP with them. What its name resolves to is seen when it is called."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is no URL"
    host = parts.hostname or ""
    if len(url) > LONGEST_URL or any(not 33 <= ord(mark) <= 126 for mark in url):
        return "is too long, or has a character that no URL has"
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        return "must begin with https://"
    if not host.strip(".") or "@" in parts.netloc or parts.fragment:
        return "must name a host, and neither a user nor a fragment"
    if not private and _is_literal(host) and not is_public(host):
        return "names an address of a private network"
    return None


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
