"""Witnesses that are asked over HTTP: one that keeps heads, and a time-stamp authority."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from projections.audit_trail.cosigning import CosignedHead
from projections.audit_trail.heads import SignedHead, read_lines
from projections.audit_trail.receipts import Answer, Undelivered

SECONDS = 10.0
MOST_ANSWER = 64 * 1024
MOST_KEPT = 256 * 1024 * 1024


def _client() -> httpx.Client:
    return httpx.Client(timeout=SECONDS)


@dataclass(frozen=True, slots=True)
class HttpWitness:
    """A head is posted as JSON; any 2xx means that it is kept, and `cosigned` in the answer is the
    witness's own signature. A GET answers all that it keeps, one a line."""

    name: str
    url: str
    client: httpx.Client = field(default_factory=_client)

    def deliver(self, signed: SignedHead) -> Answer:
        facts = signed.facts()
        answer = _sent(self.client, "POST", self.url, MOST_ANSWER, json=facts)
        try:
            told = json.loads(answer or b"{}")
            cosigned = told.get("cosigned") if isinstance(told, dict) else None
            if cosigned is None:
                return {}
            CosignedHead.of({**facts, "cosigned": cosigned})
        except (KeyError, TypeError, ValueError) as error:
            raise Undelivered(f"the answer is no co-signature: {error}") from error
        return {"cosigned": cosigned}

    def kept(self) -> Iterable[SignedHead]:
        answer = _sent(self.client, "GET", self.url, MOST_KEPT)
        return list(read_lines(answer.splitlines()))


@dataclass(frozen=True, slots=True)
class TimeStamps:
    """RFC 3161: an authority under one of these `roots` signs that a head's text existed then."""

    name: str
    url: str
    roots: tuple[Certificate, ...]
    client: httpx.Client = field(default_factory=_client)

    def deliver(self, signed: SignedHead) -> Answer:
        asked = (
            TimestampRequestBuilder()
            .data(signed.head.text)
            .hash_algorithm(HashAlgorithm.SHA256)
            .nonce(nonce=True)
            .build()
        )
        headers = {"content-type": "application/timestamp-query"}
        query = {"content": asked.as_bytes(), "headers": headers}
        answer = _sent(self.client, "POST", self.url, MOST_ANSWER, **query)
        builder = VerifierBuilder.from_request(asked)
        for root in self.roots:
            builder = builder.add_root_certificate(root)
        try:
            stamp = decode_timestamp_response(answer)
            builder.build().verify_message(stamp, signed.head.text)
        except (ValueError, VerificationError) as error:
            raise Undelivered(f"the answer is no time stamp of this head: {error}") from error
        return {
            "timestamp": base64.b64encode(answer).decode(),
            "stamped_at": stamp.tst_info.gen_time.isoformat(),
        }


def _sent(client: httpx.Client, method: str, url: str, most: int, **content: Any) -> bytes:
    """Raises Undelivered, also for an answer that is longer than any should be."""
    found = bytearray()
    try:
        with client.stream(method, url, **content) as answer:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                found += piece
                if len(found) > most:
                    raise Undelivered("the answer is too long")
    except httpx.HTTPError as error:
        raise Undelivered(str(error) or type(error).__name__) from error
    return bytes(found)
