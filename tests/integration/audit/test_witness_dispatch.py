"""Signed heads reach every witness by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.audit.against import kept_heads
from projections.audit_trail.chain import Signer
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.receipts import UNDELIVERED, Answer, Dispatch, Undelivered, receipts
from tests.support.audit_client import audited as audited
from tests.support.audit_history import SEED
from tests.support.audit_service import AuditService


@dataclass
class Remembering:
    """A witness within this process, which may be away."""

    name: str
    error: Exception | None = None
    heads: list[SignedHead] = field(default_factory=list)

    def deliver(self, signed: SignedHead) -> Answer:
        if self.error is not None:
            raise self.error
        self.heads.append(signed)
        return {"number": len(self.heads)}

    def kept(self) -> Iterable[SignedHead]:
        return self.heads


def grow(audited: AuditService, *messages: str) -> None:
    audited.meter("acme", "message", messages)
    audited.follow()
    audited.auditor.heads.sign_due()


def sizes(witness: Remembering) -> list[int]:
    return [each.head.events for each in witness.heads]


def undelivered(witness: str) -> float:
    return float(UNDELIVERED.labels(witness)._value.get())


def test_one_that_is_away_or_broken_holds_up_nobody_and_gets_the_newest_head_later(
    audited: AuditService,
) -> None:
    away, broken = Remembering("t.away", Undelivered("away")), Remembering("t.bad", KeyError("x"))
    there = Remembering("t.there")
    outlets = [away, broken, there]
    dispatch = Dispatch(audited.positions.database, audited.auditor.heads, outlets)
    for message in ("1", "2"):
        grow(audited, message)
        dispatch.deliver_due()
    dispatch.deliver_due()
    assert [sizes(each) for each in outlets] == [[], [], [1, 2]]
    assert [undelivered(each.name) for each in outlets] == [1, 1, 0]
    away.error = None
    dispatch.deliver_due()
    assert (sizes(away), undelivered(away.name)) == ([2], 0)


def test_receipts_are_a_file_that_history_is_verified_against(
    audited: AuditService, tmp_path: Path
) -> None:
    witness = Remembering("t.kept")
    dispatch = Dispatch(audited.positions.database, audited.auditor.heads, [witness])
    grow(audited, "1", "2")
    dispatch.deliver_due()
    found = list(receipts(audited.positions.database, witness.name))
    assert [(each["witness"], each["number"]) for each in found] == [("t.kept", 1)]
    path = tmp_path / "receipts.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in found))
    assert kept_heads(path, Signer([SEED])) == [witness.heads[0].head]
    audited.tamper("metering", "DELETE FROM {events} WHERE notification_id = 1")
    audited.forget_the_ledger()
    audited.fell_the_trees()
    audited.follow()
    against = kept_heads(path, Signer([SEED]))
    report = audited.auditor.verify(full=True, replay=False, against=against)
    assert not report.intact
