"""Who keeps heads proves, without the events, that a log only grew and what is in it."""

from __future__ import annotations

from fastapi.testclient import TestClient

from projections.audit_trail.log_tree import TILE
from projections.audit_trail.merkle import leaf, root_of
from projections.audit_trail.proofs import includes, is_consistent
from tests.support.audit_client import audited as audited
from tests.support.audit_client import auditor as auditor
from tests.support.audit_client import get
from tests.support.audit_service import AuditService
from tools.verify_heads import follow, holds_event

SIZES = (3, 700, TILE, TILE + 1, 2 * TILE + 100)


def grow(audited: AuditService) -> None:
    """Signed in many small steps, with a gap in the sequences."""
    done = 0
    for size in SIZES:
        audited.meter("acme", "message", [str(number) for number in range(done, size)])
        audited.positions.database.execute(
            "SELECT setval(pg_get_serial_sequence('metering.metering_events', 'notification_id'), "
            "(SELECT max(notification_id) + 5 FROM metering.metering_events))"
        )
        audited.follow()
        audited.auditor.heads.sign_due()
        done = size


def of_log(audited: AuditService) -> dict[int, bytes]:
    stored = audited.metering.read(0, 10_000)
    return {each.sequence: leaf(bytes.fromhex(each.digest), each.recorded_at) for each in stored}


def test_growth_and_events_are_proven_over_http(audited: AuditService, auditor: TestClient) -> None:
    grow(audited)
    leaves = of_log(audited)
    naive = list(leaves.values())
    [head] = get(auditor, "heads")["data"]
    assert (head["format"], head["events"]) == ("billing-audit-head/3", SIZES[-1])
    assert head["root"] == root_of(naive).hex()
    for first in (*SIZES, 513, 2_047):
        for second in (each for each in SIZES if each >= first):
            given = get(
                auditor, "proofs/consistency", service="metering", first=first, second=second
            )
            assert given["first_root"] == root_of(naive[:first]).hex()
            older, newer = (bytes.fromhex(given[f"{each}_root"]) for each in ("first", "second"))
            proof = [bytes.fromhex(each) for each in given["proof"]]
            assert is_consistent(first, second, older, newer, proof)
    for sequence in [*leaves][::211]:
        given = get(auditor, "proofs/inclusion", service="metering", sequence=sequence)
        assert given["leaf"] == leaves[sequence].hex()
        proof = [bytes.fromhex(each) for each in given["proof"]]
        root = bytes.fromhex(head["root"])
        assert includes(leaves[sequence], given["index"], given["size"], proof, root)
        assert holds_event(given, head, leaves[sequence].hex())


def test_the_independent_follower_agrees(audited: AuditService, auditor: TestClient) -> None:
    heads = []
    for names in (["1", "2"], ["3", "4", "5"], ["6"]):
        audited.meter("acme", "message", names)
        audited.follow()
        audited.auditor.heads.sign_due()
        answer = get(auditor, "heads")
        heads += answer["data"]
    proofs = [
        get(auditor, "proofs/consistency", service="metering", first=first, second=second)
        for first, second in ((2, 5), (5, 6))
    ]
    [key] = answer["public_keys"]
    assert follow(heads, proofs, key) == []
    forged = [heads[0], {**heads[1], "root": heads[0]["root"]}, heads[2]]
    assert "signature" in follow(forged, proofs, key)[0]
    swapped = [proofs[0], {**proofs[1], "proof": proofs[0]["proof"]}]
    assert "only grew" in follow(heads, swapped, key)[0]
    assert "no proof" in follow(heads, proofs[:1], key)[0]


def test_what_was_not_signed_has_no_proof(audited: AuditService, auditor: TestClient) -> None:
    audited.meter("acme", "message", ["1", "2"])
    audited.follow()
    audited.auditor.heads.sign_due()
    for path in (
        "consistency?service=metering&first=1&second=3",
        "consistency?service=metering&first=2&second=1",
        "inclusion?service=metering&sequence=9",
        "inclusion?service=metering&sequence=2&size=1",
        "inclusion?service=billing&sequence=1",
    ):
        assert auditor.get(f"/v1/audit/proofs/{path}").status_code == 404, path
