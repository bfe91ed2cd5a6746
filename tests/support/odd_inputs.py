"""What no caller should send, by where it stands in a request."""

from __future__ import annotations

from typing import Any

# Percent-encoded as they go into a path or a query.
ODD_TEXT = (
    "%00",
    "a%00b",
    "%0a",
    "%09",
    "%1b[31m",
    "%7f",
    "%c2%85",
    "%ff",
    "%ed%a0%80",
    "%f0%9f%92%a9",
    "..%2f..%2fetc",
    "%27%3b--",
    "x" * 3_000,
    "-1",
    "0001-01",
    "9999-12",
    "0000-00",
    "99999999999999999999999",
    "NaN",
    "%E2%81%A6",
    "",
)
ODD_QUERIES = (
    *("after=billing:%00", "after=billing:99999999999999999999", "after=nobody:1", "after=:"),
    *("limit=NaN", "limit=1e3", "limit=-1", "limit=9999999999999999999999", "limit=%00"),
    *("cursor=%00", "cursor=%ff", "cursor=99999999999999999999", "cursor=0:%00", "cursor=e30"),
    *("cursor=W10", "cursor=bnVsbA", "cursor=W3siYmlsbGluZyI6IDFlOTk5fSwgbnVsbF0", "q=%00"),
    *("q=%25%5f%00", "period=0001-01", "period=9999-12", "period=%D9%A3%D9%A3%D9%A3%D9%A3-01"),
    *("at=0001-01-01T00:00:00Z", "at=9999-12-31T23:59:59-23:59", "at=1e400", "since=%00"),
    *("status=%00", "format=%00", "dry_run=%00", "dry_run=2", "%00=%00", "&&&==", "a" * 5_000),
    *("known_at=0001-01-01T00:00:00%2B23:59", "service=%00", "stream=%ed%a0%80", "until=-1"),
)
ODD_STRINGS = ("\\u0000", "a\\u0000b", "\\ud83d", "\\udc00x", "\\n", "\\u0085", "\\u007f", "")
ODD_BODIES = (
    *(b"", b"null", b"[]", b"{", b'"', b"NaN", b"Infinity", b"-0", b"1e999", b"\xff\xfe{\x00}\x00"),
    *(b"{}" * 3, b"\x00", b'{"a":1,"a":2}', b'{"\\u0000":1}', b'{"\\ud800":1}', b"\xed\xa0\x80"),
    *(b'{"a":"\xed\xa0\x80"}', b"[" * 60_000, b'{"a":' * 9_000, b"9" * 6_000, b"\xef\xbb\xbf{}"),
    *(b'{"x":' + b"9" * 6_000 + b"}", b'"' + b"\\" * 9_999, b"{" + b'"\\"' * 9_000),
)
ODD_VALUES = ("null", "1e999", "-1", "9" * 400, "1.5", "true", "[]", "{}", '[[[["x"]]]]', "NaN")
ODD_HEADERS: tuple[dict[bytes, bytes], ...] = (
    {b"Idempotency-Key": b"\x00"},
    {b"Idempotency-Key": b"\t"},
    {b"Idempotency-Key": b"a\tb"},
    {b"Idempotency-Key": b"\xc2\x85"},
    {b"Idempotency-Key": b"\xff"},
    {b"Idempotency-Key": b"k" * 300},
    {b"Idempotency-Key": b""},
    {b"X-Request-Id": b"\x00"},
    {b"X-Request-Id": b"\xff" * 200},
    {b"Content-Type": b"application/json; charset=utf-16"},
    {b"Content-Type": b"text/plain"},
    {b"Content-Type": b"application/\xff"},
    {b"Accept": b"text/event-stream\t"},
    {b"traceparent": b"00-\x00"},
    {b"PayPal-Cert-Url": b"https://api.paypal.com/\tx", b"PayPal-Transmission-Id": b"x"},
    {b"Stripe-Signature": b"t=99999999999999999999999,v1=\xff"},
    {b"X-Razorpay-Signature": b"\xff", b"X-Razorpay-Event-Id": b"\x00"},
    {b"Sandbox-Signature": b"t=NaN,v1="},
    {b"Content-Length": b"-1"},
    {b"Content-Length": b"9" * 30},
)
ODD_IN_CLAIMS: dict[str, tuple[Any, ...]] = {
    "sub": ("a\x00b", "\ud800", "", "\n", "x" * 5_000, "\x85", 7, None, []),
    "email": ("a\x00@b.c", "\udfff@b.c", 7, [], {}, "x" * 9_000, "\r\nBcc: x"),
    "name": ("a\x00b", "\ud83d", 1.5, {"a": 1}, "x" * 9_000, "\x1b[2J"),
    "roles": (7, "super_admin", [None], [["x"]], ["a\x00"], {"a": 1}, [1e999]),
    "workspaces": (
        *([], "acme", {"a\x00": "owner"}, {"\ud800": "owner"}, 7),
        *({"acme": None}, {"acme": ["owner"]}, {"acme": "ow\x00ner"}),
    ),
    "exp": (1e999, -1, "soon", None, [], 10**400, True, 1e18, "\x00"),
    "nbf": (1e999, "x", 10**400),
    "iat": (1e999, "x", 10**400),
    "aud": ("\x00", [1], {}, 7),
    "iss": ("\x00", 7, []),
}
ODD_CLAIMS: tuple[dict[str, Any], ...] = tuple(
    {claim: odd} for claim, several in ODD_IN_CLAIMS.items() for odd in several
)
# In no parameter whatever.
NEVER = ("a%00b", "%0A", "%c2%85", "%ed%a0%80")
