"""Where a hosted page leads back to, and the checkout's reference in that address."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"


def with_placeholder(url: str) -> str:
    """Adds `session_id={CHECKOUT_SESSION_ID}` unless the placeholder stands there already; the
    braces stay as they are, for the gateway to fill in."""
    if PLACEHOLDER in url:
        return url
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}session_id={PLACEHOLDER}"))


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
