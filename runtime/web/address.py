"""Whom anonymous requests are counted for."""

from __future__ import annotations

from collections.abc import MutableMapping
from ipaddress import IPv6Address, ip_address
from typing import Any

_PREFIX_BITS = 64


def address_of(scope: MutableMapping[str, Any]) -> str:
    """The peer's IPv4 address, or its IPv6 network: a host has all addresses of that. Behind a
    trusted proxy it is what the proxy says."""
    client = scope.get("client")
    host = client[0] if client else ""
    if ":" not in host:
        return str(host)
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return str(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> _PREFIX_BITS << _PREFIX_BITS))
    return str(getattr(address, "ipv4_mapped", address))
