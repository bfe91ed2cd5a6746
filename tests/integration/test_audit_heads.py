"""What was signed once binds its own operator: who has every password, and not the witness."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.audit.against import NoHeads, kept_heads
from deploy.audit.exporting import Export
from kernel.clock import utc_clock
from projections.audit_trail.auditing import Report
from projections.audit_trail.chain import Signer
from projections.audit_trail.heads import Head, SignedHead
from projections.audit_trail.ledger import open_ledger
from projections.audit_trail.witness import Witnesses, WitnessFile
from tests.support.audit_history import SEED
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import cloned_database, fresh_database

REMOVED = "DELETE FROM {events} WHERE notification_id = ANY(%s)"


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        with audit_service(url) as built:
            built.assign("acme", "gold", "silver", "gold", "bronze")
            built.meter("acme", "message", [str(number) for number in range(400)])
            built.catalogue("setup")
            built.follow()
        yield url


@pytest.fixture
def audit(postgres_url: str, template: str, tmp_path: Path) -> Iterator[AuditService]:
    with (
        cloned_database(postgres_url, template) as url,
        audit_service(url, migrated=True) as built,
    ):
        built.witness = WitnessFile(tmp_path / "heads.jsonl")
        yield built


def forge(audit: AuditService, *sequences: int, trees: bool = False) -> None:
    """Events vanish from the log and everything derived is made anew, signed marks and all; with
    `trees`, so is what the log's tree has grown from."""
    assert audit.tamper("metering", REMOVED, list(sequences)) == len(sequences)
    audit.forget_the_ledger()
    if trees:
        audit.fell_the_trees()
    audit.follow()


def test_what_one_witness_has_lost_another_still_tells(audit: AuditService, tmp_path: Path) -> None:
    paths = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    audit.witness = Witnesses([WitnessFile(path) for path in paths])
    assert audit.auditor.heads.sign_due()
    assert paths[0].read_bytes() == paths[1].read_bytes()
    for lost in paths:
        kept = lost.read_bytes()
        lost.unlink()
        audit.witness = Witnesses([WitnessFile(path) for path in paths])
        assert audit.auditor.heads.last()["metering"].head.events == 400
        lost.write_bytes(kept)
    paths[1].unlink()
    forge(audit, 7, trees=True)
    assert found(verify(audit)) == [("metering:400", "head_contradicted")]


def found(report: Report) -> list[tuple[str, str]]:
    return [(f.event, f.kind) for chain in report.chains for f in chain.findings]


def verify(audit: AuditService, against: list[Head] | None = None) -> Report:
    return audit.auditor.verify(full=True, replay=False, against=against or [])


class TestSigning:
    def test_covers_every_service_however_small_and_only_what_is_new(
        self, audit: AuditService
    ) -> None:
        heads = audit.auditor.heads
        assert [(s.head.service, s.head.events) for s in heads.sign_due()] == [
            ("billing", 5),
            ("metering", 400),
            ("addons", 1),
        ]
        assert heads.sign_due() == []
        audit.meter("acme", "message", ["more"])
        audit.follow()
        [grown] = audit.auditor.heads.sign_due()
        assert (grown.head.service, grown.head.events) == ("metering", 401)
        assert verify(audit).intact

    def test_is_kept_outside_of_the_database_too(self, audit: AuditService, tmp_path: Path) -> None:
        made = audit.auditor.heads.sign_due()
        lines = (tmp_path / "heads.jsonl").read_text().splitlines()
        assert [SignedHead.of(json.loads(line)) for line in lines] == list(made)

    def test_a_line_that_a_dying_process_left_half_written_stops_nothing(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        audit.auditor.heads.sign_due()
        path = tmp_path / "heads.jsonl"
        path.write_text(path.read_text() + '{"format": "billing-au')
        for name in ("more", "still more"):
            audit.meter("acme", "message", [name])
            audit.follow()
            audit.witness = WitnessFile(path)
            assert len(audit.auditor.heads.sign_due()) == 1
        assert WitnessFile(path).last()["metering"].head.events == 402

    def test_a_witness_that_cant_be_read_stops_it(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        (tmp_path / "heads.jsonl").write_text("{}\n")
        with pytest.raises(ValueError, match="line 1"):
            audit.auditor.heads.sign_due()


class TestForgedHistory:
    def test_is_not_signed_again_and_is_found(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        forge(audit, 120, 121, trees=True)
        audit.meter("acme", "message", ["new", "newer", "newest"])
        audit.follow()
        heads = audit.auditor.heads
        assert {signed.head.service for signed in heads.sign_due()} <= {"billing", "addons"}
        report = verify(audit)
        assert found(report) == [("metering:400", "head_contradicted")]
        detail = report.chains[1].findings[0].detail
        assert "behind metering:0 and not behind metering:400" in detail

    def test_is_located_to_the_event_while_the_tree_stands(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        forge(audit, 120, 121)
        assert found(verify(audit)) == [("metering:120", "head_contradicted")]

    def test_a_cut_off_end_is_found(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        forge(audit, *range(300, 401))
        assert found(verify(audit)) == [("metering:300", "head_contradicted")]

    def test_an_altered_event_is_found(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        audit.tamper("billing", "UPDATE {events} SET recorded_at = now() WHERE notification_id = 2")
        audit.forget_the_ledger()
        audit.follow()
        assert found(verify(audit)) == [("billing:2", "head_contradicted")]

    def test_is_narrowed_down_by_the_heads_that_were_kept(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        for count in range(3):
            audit.auditor.heads.sign_due()
            audit.meter("acme", "message", [f"more-{count}"])
            audit.follow()
        kept = kept_heads(tmp_path / "heads.jsonl", audit.auditor.signer)
        forge(audit, 402, trees=True)
        detail = verify(audit, kept).chains[1].findings[0].detail
        assert "behind metering:401 and not behind metering:402" in detail

    def test_a_head_whose_witness_was_altered_too_is_no_longer_ours(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        [*_, signed] = audit.auditor.heads.sign_due()
        forged = replace(signed, head=replace(signed.head, chain=bytes(32)))
        assert not forged.holds(audit.auditor.signer)
        (tmp_path / "kept").write_text(json.dumps(forged.facts()))
        with pytest.raises(NoHeads, match="not signed by this system"):
            kept_heads(tmp_path / "kept", audit.auditor.signer)


class TestWhatWasKeptElsewhere:
    def test_a_file_of_heads_is_enough(self, audit: AuditService, tmp_path: Path) -> None:
        audit.auditor.heads.sign_due()
        kept = kept_heads(tmp_path / "heads.jsonl", audit.auditor.signer)
        audit.witness = None
        assert verify(audit, kept).intact
        forge(audit, 7, trees=True)
        assert verify(audit).intact
        assert found(verify(audit, kept)) == [("metering:400", "head_contradicted")]

    def test_a_bundle_is_enough(self, audit: AuditService, tmp_path: Path) -> None:
        audit.witness = None
        with open_ledger(audit.positions.database) as ledger:
            signer = audit.auditor.signer
            bundle = Export("acme", tmp_path / "bundle", ledger, audit.stores, signer, {})
            bundle.write(utc_clock(), lambda _, __: None)
        kept = kept_heads(tmp_path / "bundle", audit.auditor.signer)
        assert verify(audit, kept).intact
        forge(audit, 7, trees=True)
        assert found(verify(audit, kept)) == [("metering:400", "head_contradicted")]

    def test_another_systems_are_refused(self, audit: AuditService, tmp_path: Path) -> None:
        audit.auditor.heads.sign_due()
        with pytest.raises(NoHeads, match="not signed by this system"):
            kept_heads(tmp_path / "heads.jsonl", Signer([bytes(32)]))

    @pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"format": 1}'])
    def test_what_holds_no_heads_is_refused(
        self, audit: AuditService, tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "kept").write_text(text)
        for path in (tmp_path / "kept", tmp_path / "nothing", tmp_path):
            with pytest.raises(NoHeads):
                kept_heads(path, audit.auditor.signer)


class TestTree:
    def test_that_was_felled_grows_again_from_what_was_signed(self, audit: AuditService) -> None:
        heads = audit.auditor.heads
        heads.sign_due()
        audit.fell_the_trees()
        audit.meter("acme", "message", ["more"])
        audit.follow()
        assert [signed.head.events for signed in heads.sign_due()] == [401]
        assert verify(audit).intact

    def test_that_was_altered_is_found_and_grows_anew_beside_it(self, audit: AuditService) -> None:
        heads = audit.auditor.heads
        heads.sign_due()
        database = audit.positions.database
        database.execute(
            "UPDATE audit_log_trees SET edge = decode(repeat('00', length(edge)), 'hex')"
        )
        assert found(verify(audit))[-1] == ("addons:1", "tree_altered")
        audit.meter("acme", "message", ["more"])
        audit.follow()
        [grown] = heads.sign_due()
        assert grown.head.events == 401
        rows = database.rows("SELECT max(growth) AS n FROM audit_log_trees GROUP BY service")
        assert sorted(row["n"] for row in rows) == [0, 0, 1]

    def test_one_leaf_of_it_that_was_altered_is_located(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        audit.positions.database.execute(
            "UPDATE audit_log_trees SET leaves = set_byte(leaves, 32 * 41, get_byte(leaves, 0) + 1)"
            " WHERE service = 'metering'"
        )
        assert found(verify(audit)) == [("metering:42", "tree_altered")]

    def test_a_ledger_altered_behind_its_chain_is_not_signed(self, audit: AuditService) -> None:
        heads = audit.auditor.heads
        heads.sign_due()
        audit.fell_the_trees()
        audit.positions.database.execute(
            "UPDATE audit_trail SET digest = hash WHERE service = 'metering' AND sequence = 9"
        )
        audit.meter("acme", "message", ["more"])
        audit.follow()
        assert heads.sign_due() == []
        assert ("metering:9", "altered") in found(verify(audit))


class TestReseal:
    def test_goes_on_from_there_and_is_told_ever_after(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        forge(audit, 120)
        [sealed] = audit.auditor.heads.reseal("restored the backup of Sunday")
        assert (sealed.head.service, sealed.head.events) == ("metering", 399)
        report = verify(audit)
        assert report.intact
        assert [head.reason for head in report.reseals] == ["restored the backup of Sunday"]
        audit.meter("acme", "message", ["more"])
        audit.follow()
        assert [s.head.events for s in audit.auditor.heads.sign_due()] == [400]
        audit.forget_the_ledger()
        audit.follow()
        assert [head.reason for head in verify(audit).reseals] == ["restored the backup of Sunday"]

    def test_of_what_agrees_changes_nothing(self, audit: AuditService) -> None:
        audit.auditor.heads.sign_due()
        assert audit.auditor.heads.reseal("no reason") == []


def test_a_rotated_key_still_recognises_what_it_signed(audit: AuditService) -> None:
    audit.auditor.heads.sign_due()
    audit.seeds = (bytes(32), SEED)
    forge(audit, 7)
    assert found(verify(audit)) == [("metering:7", "head_contradicted")]
