"""Return addresses for gateways that don't fill in the checkout's reference themselves."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"


def filled(url: str, reference: str) -> str:
    return url.replace(PLACEHOLDER, quote(reference, safe=""))


def without_placeholder(url: str) -> str:
    """Drops the query parameters that ask for a reference which is not known yet: braces are no
    legal URL, and such gateways append a parameter of their own."""
    if PLACEHOLDER not in url:
        return url
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = urlencode([pair for pair in pairs if PLACEHOLDER not in pair[1]])
    return urlunsplit(parts._replace(query=kept)).replace(PLACEHOLDER, "")
