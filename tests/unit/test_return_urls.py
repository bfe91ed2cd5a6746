"""Where a browser may be sent back to."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from gateways.return_url import with_placeholder, without_placeholder
from runtime.web.return_urls import ReturnUrl

URL: TypeAdapter[str] = TypeAdapter(ReturnUrl)
GOOD = [
    "https://app.example.com",
    "http://localhost:3000/billing?a=b#c",
    "https://app.example.com/done?session={CHECKOUT_SESSION_ID}",
    "https://app.example.com/{CHECKOUT_SESSION_ID}/done",
    "https://[::1]:8443/back",
    "https://müller.example/zurück",
    "https://app.example.com/" + "a" * 2_000,
]
BAD = [
    "",
    "https://",
    "https://[::1",
    "https://[::1]x/",
    "https://[zz]/",
    "https://a b.example",
    "https://app.example.com:99999/",
    "https://app.example.com:port/",
    "https://user:secret@app.example.com/",
    "https://user@app.example.com/",
    "https://@app.example.com/",
    "https:///path",
    "https://./path",
    "https://?query",
    "https://#fragment",
    "ftp://app.example.com/",
    "javascript:alert(1)",
    "//app.example.com/",
    "https:app.example.com",
    "https://app.example.com/\x00",
    "https://app.example.com/\n",
    "https://app.example.com/\u0085",
    "https://app.example.com/\ud800",
    "https://app.example.com\\@evil.example/",
    "https://{CHECKOUT_SESSION_ID}",
    "https://app.example.com/{other}",
    "https://app.example.com/" + "a" * 2_048,
]


@pytest.mark.parametrize("url", GOOD)
def test_an_address_that_every_reader_can_parse_is_taken_as_it_is(url: str) -> None:
    assert URL.validate_python(url) == url
    assert with_placeholder(url)
    assert without_placeholder(url)


@pytest.mark.parametrize("url", BAD)
def test_another_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        URL.validate_python(url)
