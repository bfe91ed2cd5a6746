#!/usr/bin/env python3
"""Checks heads that were kept, and that the log between them only grew, from docs/audit/format.md
alone: Python's standard library, and `cryptography` for Ed25519.

    python verify_heads.py HEADS PROOFS PUBLIC_KEY_HEX

HEADS and PROOFS hold JSON, one a line: heads as `GET /v1/audit/heads` lists them, and answers of
`GET /v1/audit/proofs/consistency`. Exits 0 when all is proven, 1 when not, 2 for wrong use.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Json = dict[str, Any]


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def largest_power_below(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def head_text(head: Json) -> bytes:
    names = ["service", "events", "sequence", "chain"]
    names += ["root"] if head.get("root") else []
    names += ["workspaces"] if head.get("workspaces") else []
    names += ["at"]
    names += ["reason"] if head.get("reason") else []
    return "".join([f"{head['format']}\n", *(f"{name}: {head[name]}\n" for name in names)]).encode()


def is_signed(head: Json, key: str) -> bool:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    try:
        public.verify(bytes.fromhex(head["signature"]), head_text(head))
    except InvalidSignature:
        return False
    return True


def included(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """The root that the proof leads to: RFC 6962, 2.1.1, read from the top; empties `proof`."""
    if size == 1:
        return leaf
    half = largest_power_below(size)
    other = proof.pop()
    if index < half:
        return node(included(index, half, leaf, proof), other)
    return node(other, included(index - half, size - half, leaf, proof))


def grown(first: int, size: int, proof: list[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """Both roots that the proof leads to: RFC 6962, 2.1.2, read from the top; empties `proof`.
    `known` is the root of the smaller tree while it is a whole subtree."""
    if first == size:
        root = known if known is not None else proof.pop()
        return root, root
    half = largest_power_below(size)
    other = proof.pop()
    if first <= half:
        older, newer = grown(first, half, proof, known)
        return older, node(newer, other)
    older, newer = grown(first - half, size - half, proof, None)
    return node(other, older), node(other, newer)


def only_grew(older: Json, newer: Json, proof: Sequence[str]) -> bool:
    first, second = int(older["events"]), int(newer["events"])
    if not 0 < first <= second:
        return first == 0
    rest = [bytes.fromhex(each) for each in proof]
    try:
        roots = grown(first, second, rest, bytes.fromhex(older["root"]))
    except IndexError:
        return False
    return not rest and [each.hex() for each in roots] == [older["root"], newer["root"]]


def holds_event(proof: Json, head: Json, leaf: str) -> bool:
    """Whether an answer of `GET /v1/audit/proofs/inclusion` proves the leaf under the head."""
    if proof["size"] != head["events"] or not 0 <= proof["index"] < proof["size"]:
        return False
    rest = [bytes.fromhex(each) for each in proof["proof"]]
    try:
        root = included(proof["index"], proof["size"], bytes.fromhex(leaf), rest)
    except IndexError:
        return False
    return not rest and root.hex() == head["root"]


def follow(heads: Sequence[Json], proofs: Sequence[Json], key: str) -> list[str]:
    """What is wrong; nothing when every head is signed and each log only grew between them."""
    wrong = [
        f"the signature of the head of {head['service']} at {head['at']} is wrong"
        for head in heads
        if not is_signed(head, key)
    ]
    known = {(each["service"], each["first"], each["second"]): each["proof"] for each in proofs}
    for service in sorted({head["service"] for head in heads}):
        rooted = [head for head in heads if head["service"] == service and head.get("root")]
        for older, newer in pairwise(sorted(rooted, key=lambda head: head["at"])):
            sizes = (older["events"], newer["events"])
            between = f"{service} between {sizes[0]} and {sizes[1]} events"
            proof = [] if sizes[0] == sizes[1] else known.get((service, *sizes))
            if proof is None:
                wrong.append(f"there is no proof for {between}")
            elif not only_grew(older, newer, proof):
                wrong.append(f"it is not proven that {between} only grew")
    return wrong


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    heads, proofs = (
        [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
        for name in arguments[:2]
    )
    wrong = follow(heads, proofs, arguments[2].lower())
    print("\n".join(wrong) or f"{len(heads)} heads are signed, and their logs only grew.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
