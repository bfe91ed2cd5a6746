"""Somebody with the database's password changes history; the verification says where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.audit_trail.auditing import Report
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import cloned_database, fresh_database

Located = list[tuple[str, str]]


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        with audit_service(url) as built:
            built.assign("acme", "gold", "silver", "gold", "bronze")
            built.assign("globex", "gold")
            built.catalogue("setup", "training")
            built.meter("acme", "message", [str(number) for number in range(1_300)])
            built.meter("acme", "conversation", ["c1", "c2"])
            built.follow()
        yield url


@pytest.fixture
def audit(postgres_url: str, template: str) -> Iterator[AuditService]:
    with (
        cloned_database(postgres_url, template) as url,
        audit_service(url, migrated=True) as built,
    ):
        yield built


def verify(audit: AuditService, *, full: bool = True) -> Report:
    return audit.auditor.verify(full=full, replay=False)


def located(report: Report) -> Located:
    return [(f.event, f.kind) for chain in report.chains for f in chain.findings]


class TestUntouchedHistory:
    def test_is_found_intact_with_all_its_checkpoints(self, audit: AuditService) -> None:
        report = verify(audit)
        assert report.intact
        assert [(c.service, c.events, c.checkpoints) for c in report.chains] == [
            ("billing", 7, 0),
            ("metering", 1_302, 1),
            ("addons", 2, 0),
        ]

    def test_next_time_only_what_came_behind_the_last_checkpoint_is_read(
        self, audit: AuditService
    ) -> None:
        verify(audit, full=False)
        audit.meter("acme", "message", ["late"])
        audit.follow()
        metering = verify(audit, full=False).chains[1]
        assert (metering.since, metering.events, metering.intact) == (1_000, 303, True)

    def test_what_the_ledger_has_not_seen_yet_is_no_difference(self, audit: AuditService) -> None:
        audit.meter("acme", "message", ["on its way"])
        assert verify(audit).intact

    def test_rebuilding_the_ledger_gives_the_same_chain(self, audit: AuditService) -> None:
        assert audit.auditor.verify(full=True, replay=True).intact


class TestTamperedStore:
    def test_an_altered_event_is_located(self, audit: AuditService) -> None:
        audit.tamper(
            "billing",
            "UPDATE {events} SET state = replace(convert_from(state, 'UTF8'), 'silver', 'golden')"
            "::bytea WHERE notification_id = 3",
        )
        assert located(verify(audit)) == [("billing:3", "altered")]

    def test_an_altered_time_of_recording_is_located(self, audit: AuditService) -> None:
        audit.tamper(
            "metering",
            "UPDATE {events} SET recorded_at = recorded_at - interval '1 microsecond' "
            "WHERE notification_id = 700",
        )
        assert located(verify(audit)) == [("metering:700", "altered")]

    def test_a_removed_event_is_located(self, audit: AuditService) -> None:
        audit.tamper("metering", "DELETE FROM {events} WHERE notification_id = 1234")
        assert located(verify(audit)) == [("metering:1234", "removed")]

    @pytest.mark.parametrize("sequence", [0, -5])
    def test_an_event_inserted_before_the_first_is_located(
        self, audit: AuditService, sequence: int
    ) -> None:
        audit.tamper(
            "billing",
            "INSERT INTO {events} (originator_id, originator_version, topic, state, "
            "notification_id, recorded_at) OVERRIDING SYSTEM VALUE "
            "SELECT originator_id, 99, topic, state, %s, recorded_at FROM {events} "
            "WHERE notification_id = 3",
            sequence,
        )
        assert located(verify(audit)) == [(f"billing:{sequence}", "inserted")]

    def test_an_event_inserted_in_the_place_of_a_removed_one_is_located(
        self, audit: AuditService
    ) -> None:
        audit.tamper(
            "billing",
            "UPDATE {events} SET originator_id = 'account:mallory' WHERE notification_id = 3",
        )
        [finding] = verify(audit).chains[0].findings
        assert (finding.event, finding.kind) == ("billing:3", "altered")
        assert "account:mallory" in finding.detail

    def test_an_event_inserted_into_a_gap_of_the_log_is_located(self, audit: AuditService) -> None:
        audit.tamper(
            "billing", "SELECT nextval(pg_get_serial_sequence('{events}', 'notification_id'))"
        )
        audit.assign("initech", "gold")
        audit.follow()
        audit.tamper(
            "billing",
            "INSERT INTO {events} (originator_id, originator_version, topic, state, "
            "notification_id) OVERRIDING SYSTEM VALUE "
            "SELECT originator_id, 3, topic, state, 8 FROM {events} WHERE notification_id = 7",
        )
        assert located(verify(audit)) == [("billing:8", "inserted")]

    def test_reordered_events_are_located(self, audit: AuditService) -> None:
        for was, becomes in ((2, -1), (4, 2), (-1, 4)):
            audit.tamper(
                "billing",
                "UPDATE {events} SET notification_id = %s WHERE notification_id = %s",
                becomes,
                was,
            )
        assert located(verify(audit)) == [("billing:2", "reordered"), ("billing:4", "reordered")]

    def test_an_event_moved_to_another_place_is_located(self, audit: AuditService) -> None:
        audit.tamper("billing", "UPDATE {events} SET notification_id = 0 WHERE notification_id = 7")
        assert located(verify(audit)) == [("billing:0", "reordered")]

    def test_what_was_altered_before_the_last_mark_is_found_on_a_full_verification(
        self, audit: AuditService
    ) -> None:
        verify(audit, full=False)
        audit.tamper(
            "metering", "UPDATE {events} SET topic = topic || 'x' WHERE notification_id = 10"
        )
        assert verify(audit, full=False).intact
        assert located(verify(audit)) == [("metering:10", "altered")]
        assert verify(audit, full=False).intact


class TestTamperedLedger:
    def ledger(self, audit: AuditService, statement: str) -> None:
        with audit.positions.database.transaction(commit=True) as cursor:
            cursor.execute(statement.encode())

    @pytest.mark.parametrize(
        "change",
        [
            "actor = 'user:mallory'",
            'data = data || \'{"month": "2026-10"}\'',
            "occurred_at = occurred_at + interval '1 day'",
            "workspace = 'globex'",
        ],
    )
    def test_a_ledger_that_tells_another_story_is_found(
        self, audit: AuditService, change: str
    ) -> None:
        self.ledger(
            audit,
            f"UPDATE audit_trail SET {change} WHERE service = 'metering' AND sequence = 7",
        )
        assert located(verify(audit)) == [("metering:7", "ledger_altered")]

    def test_a_broken_link_is_found(self, audit: AuditService) -> None:
        self.ledger(audit, "UPDATE audit_trail SET hash = sha256('x') WHERE service = 'addons' "
                    "AND sequence = 1")  # fmt: skip
        assert ("addons:1", "ledger_altered") in located(verify(audit))

    def test_a_forged_checkpoint_is_found(self, audit: AuditService) -> None:
        self.ledger(
            audit,
            "UPDATE audit_trail_checkpoints SET signature = sha512(signature) WHERE number = 1",
        )
        assert located(verify(audit)) == [("metering:1000", "checkpoint_invalid")]

    def test_a_removed_checkpoint_is_found(self, audit: AuditService) -> None:
        self.ledger(audit, "DELETE FROM audit_trail_checkpoints WHERE number = 1")
        assert located(verify(audit)) == [("metering:1000", "checkpoint_missing")]

    def test_a_cut_off_end_is_found(self, audit: AuditService) -> None:
        self.ledger(audit, "DELETE FROM audit_trail WHERE service = 'metering' AND sequence > 1300")
        kinds = {kind for _, kind in located(verify(audit))}
        assert "ledger_removed" in kinds

    def test_store_and_ledger_altered_together_contradict_the_signed_checkpoint(
        self, audit: AuditService
    ) -> None:
        """Whoever writes both can make them agree again, but can't sign."""
        audit.tamper("metering", "DELETE FROM {events} WHERE notification_id = 500")
        audit.positions.database.execute(
            "DROP TABLE audit_trail, audit_trail_chains; "
            "ALTER TABLE audit_trail_checkpoints RENAME TO kept; " + audit.models[-1].tables.sql
        )
        self.ledger(audit, "UPDATE positions SET sequence = 0 WHERE consumer = 'audit_trail'")
        audit.follow()
        self.ledger(
            audit,
            "DROP TABLE audit_trail_checkpoints; "
            "ALTER TABLE kept RENAME TO audit_trail_checkpoints",
        )
        found = verify(audit).chains[1].findings
        assert found[0].kind in {"checkpoint_invalid", "checkpoint_missing"}
        assert found[0].sequence in range(1_000, 1_002)

    def test_a_mark_that_was_not_signed_by_us_is_not_believed(self, audit: AuditService) -> None:
        verify(audit, full=False)
        self.ledger(audit, "UPDATE audit_verifications SET sequence = 1200")
        assert verify(audit, full=False).chains[1].since == 0
