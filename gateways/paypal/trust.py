"""Whom PayPal's webhook certificates are checked against.

PayPal answers a certificate alone, as far as its own libraries tell, without those of its issuers:
they are kept here. An issuer is no root: each still has to be signed by one, down to its dates.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_ISSUERS = Path(__file__).with_name("issuers.pem")


@dataclass(frozen=True, slots=True)
class Trust:
    """`issuers` complete a chain, `roots` end it."""

    roots: Sequence[x509.Certificate]
    issuers: Sequence[x509.Certificate] = ()


@cache
def public_trust() -> Trust:
    """The system's roots, and one that browsers have retired and PayPal has not."""
    shipped = list(_readable(_ISSUERS.read_bytes()))
    roots = [each for each in shipped if each.issuer == each.subject]
    issuers = [each for each in shipped if each.issuer != each.subject]
    return Trust([*_readable(Path(certifi.where()).read_bytes()), *roots], issuers)


def _readable(pem: bytes) -> Iterator[x509.Certificate]:
    """Leaves out what the library can't read: one odd root must not cost the others."""
    with warnings.catch_warnings():
        # Some roots have serial numbers that today's rules no longer allow.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for block in pem.split(_BEGIN)[1:]:
            with suppress(ValueError):
                yield x509.load_pem_x509_certificate(_BEGIN + block)
