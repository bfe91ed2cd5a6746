"""Somebody with the database's password changes history; the verification says where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.audit_trail.auditing import Report
from tests.support.audit_house import AuditHouse, audit_house
from tests.support.postgres import cloned_database, fresh_database

Located = list[tuple[str, str]]


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        with audit_house(url) as built:
            built.assign("acme", "gold", "silver", "gold", "bronze")
            built.assign("globex", "gold")
            built.catalogue("setup", "training")
            built.meter("acme", "message", [str(number) for number in range(1_300)])
            built.meter("acme", "conversation", ["c1", "c2"])
            built.follow()
        yield url


@pytest.fixture
def house(postgres_url: str, template: str) -> Iterator[AuditHouse]:
    with (
        cloned_database(postgres_url, template) as url,
        audit_house(url, migrated=True) as built,
    ):
        yield built


def verify(house: AuditHouse, *, full: bool = True) -> Report:
    return house.auditor.verify(full=full, replay=False)


def located(report: Report) -> Located:
    return [(f.event, f.kind) for chain in report.chains for f in chain.findings]


class TestUntouchedHistory:
    def test_is_found_intact_with_all_its_checkpoints(self, house: AuditHouse) -> None:
        report = verify(house)
        assert report.intact
        assert [(c.service, c.events, c.checkpoints) for c in report.chains] == [
            ("billing", 7, 0),
            ("metering", 1_302, 1),
            ("addons", 2, 0),
        ]

    def test_next_time_only_what_came_behind_the_last_checkpoint_is_read(
        self, house: AuditHouse
    ) -> None:
        verify(house, full=False)
        house.meter("acme", "message", ["late"])
        house.follow()
        metering = verify(house, full=False).chains[1]
        assert (metering.since, metering.events, metering.intact) == (1_000, 303, True)

    def test_what_the_ledger_has_not_seen_yet_is_no_difference(self, house: AuditHouse) -> None:
        house.meter("acme", "message", ["on its way"])
        assert verify(house).intact

    def test_rebuilding_the_ledger_gives_the_same_chain(self, house: AuditHouse) -> None:
        assert house.auditor.verify(full=True, replay=True).intact


class TestTamperedStore:
    def test_an_altered_event_is_located(self, house: AuditHouse) -> None:
        house.tamper(
            "billing",
            "UPDATE {events} SET state = replace(convert_from(state, 'UTF8'), 'silver', 'golden')"
            "::bytea WHERE notification_id = 3",
        )
        assert located(verify(house)) == [("billing:3", "altered")]

    def test_an_altered_time_of_recording_is_located(self, house: AuditHouse) -> None:
        house.tamper(
            "metering",
            "UPDATE {events} SET recorded_at = recorded_at - interval '1 microsecond' "
            "WHERE notification_id = 700",
        )
        assert located(verify(house)) == [("metering:700", "altered")]

    def test_a_removed_event_is_located(self, house: AuditHouse) -> None:
        house.tamper("metering", "DELETE FROM {events} WHERE notification_id = 1234")
        assert located(verify(house)) == [("metering:1234", "removed")]

    @pytest.mark.parametrize("sequence", [0, -5])
    def test_an_event_inserted_before_the_first_is_located(
        self, house: AuditHouse, sequence: int
    ) -> None:
        house.tamper(
            "billing",
            "INSERT INTO {events} (originator_id, originator_version, topic, state, "
            "notification_id, recorded_at) OVERRIDING SYSTEM VALUE "
            "SELECT originator_id, 99, topic, state, %s, recorded_at FROM {events} "
            "WHERE notification_id = 3",
            sequence,
        )
        assert located(verify(house)) == [(f"billing:{sequence}", "inserted")]

    def test_an_event_inserted_in_the_place_of_a_removed_one_is_located(
        self, house: AuditHouse
    ) -> None:
        house.tamper(
            "billing",
            "UPDATE {events} SET originator_id = 'account:mallory' WHERE notification_id = 3",
        )
        [finding] = verify(house).chains[0].findings
        assert (finding.event, finding.kind) == ("billing:3", "altered")
        assert "account:mallory" in finding.detail

    def test_an_event_inserted_into_a_gap_of_the_log_is_located(self, house: AuditHouse) -> None:
        house.tamper(
            "billing", "SELECT nextval(pg_get_serial_sequence('{events}', 'notification_id'))"
        )
        house.assign("initech", "gold")
        house.follow()
        house.tamper(
            "billing",
            "INSERT INTO {events} (originator_id, originator_version, topic, state, "
            "notification_id) OVERRIDING SYSTEM VALUE "
            "SELECT originator_id, 3, topic, state, 8 FROM {events} WHERE notification_id = 7",
        )
        assert located(verify(house)) == [("billing:8", "inserted")]

    def test_reordered_events_are_located(self, house: AuditHouse) -> None:
        for was, becomes in ((2, -1), (4, 2), (-1, 4)):
            house.tamper(
                "billing",
                "UPDATE {events} SET notification_id = %s WHERE notification_id = %s",
                becomes,
                was,
            )
        assert located(verify(house)) == [("billing:2", "reordered"), ("billing:4", "reordered")]

    def test_an_event_moved_to_another_place_is_located(self, house: AuditHouse) -> None:
        house.tamper("billing", "UPDATE {events} SET notification_id = 0 WHERE notification_id = 7")
        assert located(verify(house)) == [("billing:0", "reordered")]

    def test_what_was_altered_before_the_last_mark_is_found_on_a_full_verification(
        self, house: AuditHouse
    ) -> None:
        verify(house, full=False)
        house.tamper(
            "metering", "UPDATE {events} SET topic = topic || 'x' WHERE notification_id = 10"
        )
        assert verify(house, full=False).intact
        assert located(verify(house)) == [("metering:10", "altered")]
        assert verify(house, full=False).intact


class TestTamperedLedger:
    def ledger(self, house: AuditHouse, statement: str) -> None:
        with house.positions.database.transaction(commit=True) as cursor:
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
        self, house: AuditHouse, change: str
    ) -> None:
        self.ledger(
            house,
            f"UPDATE audit_trail SET {change} WHERE service = 'metering' AND sequence = 7",
        )
        assert located(verify(house)) == [("metering:7", "ledger_altered")]

    def test_a_broken_link_is_found(self, house: AuditHouse) -> None:
        self.ledger(house, "UPDATE audit_trail SET hash = sha256('x') WHERE service = 'addons' "
                    "AND sequence = 1")  # fmt: skip
        assert ("addons:1", "ledger_altered") in located(verify(house))

    def test_a_forged_checkpoint_is_found(self, house: AuditHouse) -> None:
        self.ledger(
            house,
            "UPDATE audit_trail_checkpoints SET signature = sha512(signature) WHERE number = 1",
        )
        assert located(verify(house)) == [("metering:1000", "checkpoint_invalid")]

    def test_a_removed_checkpoint_is_found(self, house: AuditHouse) -> None:
        self.ledger(house, "DELETE FROM audit_trail_checkpoints WHERE number = 1")
        assert located(verify(house)) == [("metering:1000", "checkpoint_missing")]

    def test_a_cut_off_end_is_found(self, house: AuditHouse) -> None:
        self.ledger(house, "DELETE FROM audit_trail WHERE service = 'metering' AND sequence > 1300")
        kinds = {kind for _, kind in located(verify(house))}
        assert "ledger_removed" in kinds

    def test_store_and_ledger_altered_together_contradict_the_signed_checkpoint(
        self, house: AuditHouse
    ) -> None:
        """Whoever writes both can make them agree again, but can't sign."""
        house.tamper("metering", "DELETE FROM {events} WHERE notification_id = 500")
        house.positions.database.apply(
            "DROP TABLE audit_trail, audit_trail_chains; "
            "ALTER TABLE audit_trail_checkpoints RENAME TO kept; " + house.models[-1].ddl
        )
        self.ledger(house, "UPDATE positions SET sequence = 0 WHERE consumer = 'audit_trail'")
        house.follow()
        self.ledger(
            house,
            "DROP TABLE audit_trail_checkpoints; "
            "ALTER TABLE kept RENAME TO audit_trail_checkpoints",
        )
        found = verify(house).chains[1].findings
        assert found[0].kind in {"checkpoint_invalid", "checkpoint_missing"}
        assert found[0].sequence in range(1_000, 1_002)

    def test_a_mark_that_was_not_signed_by_us_is_not_believed(self, house: AuditHouse) -> None:
        verify(house, full=False)
        self.ledger(house, "UPDATE audit_verifications SET sequence = 1200")
        assert verify(house, full=False).chains[1].since == 0
