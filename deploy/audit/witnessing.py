"""A witness of an installation's history: asks for its heads, has it prove that each log only grew
since the last one, and co-signs. It needs the API and two keys, and no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from kernel.clock import Clock
from projections.audit_trail.canonical import hexadecimals
from projections.audit_trail.chain import Signer, is_signed
from projections.audit_trail.cosigning import CosignedHead, read_cosigned
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.json_lines import JsonLines
from projections.audit_trail.proofs import is_consistent

# Answers a GET of the API by its path and query; raises Unanswered.
Ask = Callable[[str, Mapping[str, str | int]], Mapping[str, Any]]
HEADS = "/v1/audit/heads"
CONSISTENCY = "/v1/audit/proofs/consistency"


class Unanswered(Exception):
    """The installation did not answer, or not as it should: to be asked again."""


class Contradicted(Exception):
    """What the installation says now is not what it said before. Nothing is co-signed."""


@dataclass(slots=True)
class WitnessedFile:
    """One co-signed head a line, the newest last, only ever added to."""

    path: Path
    own: Signer
    last: dict[str, CosignedHead] = field(default_factory=dict)

    def read(self) -> None:
        """Raises ValueError where a line is none, or was not co-signed by us."""
        for number, each in enumerate(read_cosigned(JsonLines(self.path).new()), 1):
            if not any(each.is_by(key) for key in self.own.public_keys):
                raise ValueError(f"line {number} was not co-signed with this key")
            self.last[each.signed.head.service] = each

    def add(self, cosigned: CosignedHead) -> None:
        """On the disk when this returns."""
        JsonLines(self.path).add([cosigned.facts()])
        self.last[cosigned.signed.head.service] = cosigned


@dataclass(frozen=True, slots=True)
class WitnessProcess:
    """`key`: the installation's public key. Raises Unanswered or Contradicted."""

    ask: Ask
    key: bytes
    own: Signer
    file: WitnessedFile
    clock: Clock

    def look(self) -> list[CosignedHead]:
        """What was co-signed, which is kept; a service without anything new gets nothing."""
        made = []
        for facts in self.ask(HEADS, {}).get("data", []):
            signed = _head_of(facts)
            known = self.file.last.get(signed.head.service)
            if known is not None and known.signed == signed:
                continue
            self._check(signed, known.signed if known else None)
            made.append(CosignedHead.made(signed, self.own, self.clock()))
            self.file.add(made[-1])
        return made

    def _check(self, signed: SignedHead, known: SignedHead | None) -> None:
        head, told = signed.head, f"{signed.head.service}: {signed.head.told}"
        if not is_signed(self.key, head.text, signed.signature):
            raise Contradicted(f"{told} is not signed with the installation's key")
        if known is None:
            return
        if head.at and known.head.at and head.at < known.head.at:
            raise Unanswered(f"{told} is older than what was co-signed last")
        if head.reason:
            raise Contradicted(f"{told} seals history anew: {head.reason}")
        if head.events < known.head.events:
            raise Contradicted(f"{told} has fewer events than {known.head.told}")
        if not self._only_grew(signed, known):
            raise Contradicted(f"{told} does not go on from {known.head.told}")

    def _only_grew(self, signed: SignedHead, known: SignedHead) -> bool:
        first, second = known.head, signed.head
        if first.events == second.events:
            return (first.chain, first.root or second.root) == (second.chain, second.root)
        if not first.root:
            return False
        sizes = {"first": first.events, "second": second.events}
        proof = self.ask(CONSISTENCY, {"service": second.service, **sizes}).get("proof", [])
        try:
            hashes = hexadecimals(proof)
        except (TypeError, ValueError):
            return False
        return is_consistent(first.events, second.events, first.root, second.root, hashes)


def over_http(client: httpx.Client) -> Ask:
    """`client` knows where the installation is, and has an auditor's token."""

    def ask(path: str, query: Mapping[str, str | int]) -> Mapping[str, Any]:
        try:
            answer = client.get(path, params=dict(query)).raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unanswered(f"{path}: {error}") from error
        if not isinstance(found, dict):
            raise Unanswered(f"{path}: the answer is no object")
        return found

    return ask


def _head_of(facts: Mapping[str, Any]) -> SignedHead:
    try:
        return SignedHead.of(facts)
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(f"{HEADS}: {error}") from error
