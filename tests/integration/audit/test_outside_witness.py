"""A witness on another machine co-signs what only grows, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from deploy.audit.against import NoHeads
from deploy.audit.cosigned import cosigned_heads, problems_of
from deploy.audit.exporting import Export
from deploy.audit.witnessing import (
    Ask,
    Contradicted,
    Unanswered,
    WitnessedFile,
    WitnessProcess,
    over_http,
)
from kernel.clock import utc_clock
from projections.audit_trail.chain import Signer
from projections.audit_trail.cosigning import Quorum, views_apart
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.ledger import open_ledger
from runtime.readmodels.shadow import unseen
from tests.support.audit_client import audited as audited
from tests.support.audit_client import auditor as auditor
from tests.support.audit_history import SEED, START
from tests.support.audit_service import AuditService

REMOVED = "DELETE FROM {events} WHERE notification_id = 2"
KEY = Signer([SEED]).public_key


def witness(client: TestClient, path: Path, number: int = 1) -> WitnessProcess:
    """As it starts; the number makes its key."""
    own = Signer([bytes([number]) * 32])
    file = WitnessedFile(path, own)
    file.read()
    return WitnessProcess(asking(client), KEY, own, file, utc_clock)


def asking(client: TestClient) -> Ask:
    return lambda path, query: client.get(path, params=dict(query)).json()


def grow(audited: AuditService, *messages: str) -> None:
    audited.meter("acme", "message", messages)
    audited.follow()
    audited.auditor.heads.sign_due()


def forge(audited: AuditService) -> None:
    """By who has every password and the signing key, and not the witness."""
    assert audited.tamper("metering", REMOVED) == 1
    audited.forget_the_ledger()
    audited.fell_the_trees()
    audited.follow()
    audited.auditor.heads.sign_due()


def test_each_head_is_cosigned_once_also_by_one_that_starts_again(
    audited: AuditService, auditor: TestClient, tmp_path: Path
) -> None:
    grow(audited, "1", "2", "3")
    assert [each.signed.head.events for each in witness(auditor, tmp_path / "w").look()] == [3]
    assert witness(auditor, tmp_path / "w").look() == []
    grow(audited, "4", "5")
    started = witness(auditor, tmp_path / "w")
    assert [each.signed.head.events for each in started.look()] == [5]
    kept = cosigned_heads([tmp_path / "w"])
    assert [each.signed.head.events for each in kept] == [3, 5]
    assert all(each.is_by(started.own.public_key) for each in kept)


def test_what_it_left_half_written_when_it_was_killed_is_no_obstacle(
    audited: AuditService, auditor: TestClient, tmp_path: Path
) -> None:
    grow(audited, "1")
    witness(auditor, tmp_path / "w").look()
    whole = (tmp_path / "w").read_bytes()
    (tmp_path / "w").write_bytes(whole + whole[:100])
    grow(audited, "2")
    assert [each.signed.head.events for each in witness(auditor, tmp_path / "w").look()] == [2]
    assert [each.signed.head.events for each in cosigned_heads([tmp_path / "w"])] == [1, 2]


def test_a_history_that_lost_an_event_is_not_cosigned_although_it_is_signed(
    audited: AuditService, auditor: TestClient, tmp_path: Path
) -> None:
    grow(audited, "1", "2", "3")
    witness(auditor, tmp_path / "w").look()
    forge(audited)
    with pytest.raises(Contradicted, match="has fewer events than"):
        witness(auditor, tmp_path / "w").look()
    grow(audited, "4", "5", "6")
    with pytest.raises(Contradicted, match="does not go on from"):
        witness(auditor, tmp_path / "w").look()
    assert len(cosigned_heads([tmp_path / "w"])) == 1


def test_a_head_of_another_key_and_an_altered_file_are_refused(
    audited: AuditService, auditor: TestClient, tmp_path: Path
) -> None:
    grow(audited, "1")
    own = Signer([SEED])
    stranger = WitnessProcess(
        asking(auditor), bytes(32), own, WitnessedFile(tmp_path / "w", own), utc_clock
    )
    with pytest.raises(Contradicted, match="not signed with the installation's key"):
        stranger.look()
    witness(auditor, tmp_path / "w").look()
    line = json.loads((tmp_path / "w").read_text())
    (tmp_path / "w").write_text(f"{json.dumps(line | {'events': 2})}\n")
    with pytest.raises(ValueError, match="line 1 was not co-signed with this key"):
        witness(auditor, tmp_path / "w")
    (tmp_path / "w").write_text("{}\n")
    with pytest.raises(NoHeads, match="line 1 is no co-signed head"):
        cosigned_heads([tmp_path / "w"])


def test_who_does_not_answer_is_no_contradiction() -> None:
    with (
        httpx.Client(base_url="http://127.0.0.1:9") as client,
        pytest.raises(Unanswered, match="refused"),
    ):
        over_http(client)("/v1/audit/heads", {})


def test_a_bundle_needs_as_many_witnesses_as_are_demanded(
    audited: AuditService, auditor: TestClient, tmp_path: Path
) -> None:
    grow(audited, "1", "2")
    paths = [tmp_path / "first", tmp_path / "second"]
    keys = []
    for number, path in enumerate(paths, 1):
        each = witness(auditor, path, number)
        each.look()
        keys.append(each.own.public_key)
    with open_ledger(audited.positions.database) as ledger:
        heads = audited.auditor.heads.last()
        Export("acme", tmp_path / "b", ledger, audited.stores, Signer([SEED]), heads).write(
            START, unseen
        )
    found, bundle = cosigned_heads(paths), tmp_path / "b"
    assert problems_of(bundle, found, Quorum(keys, 2)) == []
    assert problems_of(bundle, found[:1], Quorum(keys, 1)) == []
    assert len(problems_of(bundle, found[:1], Quorum(keys, 2))) == 1
    assert len(problems_of(bundle, [found[0], found[0]], Quorum(keys, 2))) == 1
    assert len(problems_of(bundle, found, Quorum([bytes(32)], 1))) == 1
    other = replace(found[0].signed.head, chain=bytes(32))
    shown = replace(found[0], signed=SignedHead.made(other, Signer([SEED])))
    assert problems_of(bundle, [*found, shown], Quorum(keys, 2)) == [
        "witnesses were shown other histories of metering"
    ]
    assert views_apart(each.signed for each in found) == []
