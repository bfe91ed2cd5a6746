"""Somebody with every password of the database, but neither the key nor the witness's file: what
they do is found, and where it begins is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.audit.exporting import HistoryAltered, require_intact
from projections.audit_trail.witness import WitnessFile
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import cloned_database, fresh_database

# On a service's events alone: the ledger still tells what they were.
ON_EVENTS = {
    "an event is removed": ("metering:7", "DELETE FROM {events} WHERE notification_id = 7"),
    "the first event is removed": ("metering:1", "DELETE FROM {events} WHERE notification_id = 1"),
    "the end is cut off": ("metering:41", "DELETE FROM {events} WHERE notification_id > 40"),
    "all is removed": ("metering:1", "DELETE FROM {events}"),
    "a state is altered": (
        "metering:9",
        (
            "UPDATE {events} SET state = convert_to(replace(convert_from(state, 'UTF8'), 'acme', "
            "'evil'), 'UTF8') WHERE notification_id = 9"
        ),
    ),
    "a type is altered": (
        "metering:9",
        "UPDATE {events} SET topic = 'metering.ConversationMetered' WHERE notification_id = 9",
    ),
    "a time of recording is altered": (
        "metering:9",
        (
            "UPDATE {events} SET recorded_at = recorded_at - interval '1 day' "
            "WHERE notification_id = 9"
        ),
    ),
    "a stream is altered": (
        "metering:9",
        "UPDATE {events} SET originator_id = gen_random_uuid() WHERE notification_id = 9",
    ),
    "an event is put before all": (
        "metering:-1",
        (
            "INSERT INTO {events} (notification_id, originator_id, originator_version, topic, "
            "state, recorded_at) SELECT -1, gen_random_uuid(), 1, topic, state, recorded_at "
            "FROM {events} WHERE notification_id = 9"
        ),
    ),
    "an event moves": (
        "metering:9",
        "UPDATE {events} SET notification_id = -9 WHERE notification_id = 9",
    ),
}
# On the ledger alone: the events still tell what they are.
ON_LEDGER = {
    "an event is hidden from its workspace": "UPDATE audit_trail SET workspace = '' WHERE {which}",
    "an event is given to another workspace": (
        "UPDATE audit_trail SET workspace = 'globex' WHERE {which}"
    ),
    "an actor is altered": "UPDATE audit_trail SET actor = 'user:eve' WHERE {which}",
    "a cause is altered": "UPDATE audit_trail SET causation_id = 'request:x' WHERE {which}",
    "facts are altered": (
        """UPDATE audit_trail SET data = data || '{{"usage_id": "x"}}'::jsonb WHERE {which}"""
    ),
    "a time is altered": (
        "UPDATE audit_trail SET occurred_at = occurred_at - interval '1 month' WHERE {which}"
    ),
    "a digest is altered": "UPDATE audit_trail SET digest = hash WHERE {which}",
    "a hash is altered": "UPDATE audit_trail SET hash = digest WHERE {which}",
    "an entry is removed": "DELETE FROM audit_trail WHERE {which}",
}


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        with audit_service(url) as built:
            built.assign("acme", "gold", "silver", "gold", "bronze")
            built.meter("acme", "message", [str(number) for number in range(60)])
            built.catalogue("setup")
            built.follow()
        yield url


@pytest.fixture
def audit(postgres_url: str, template: str, tmp_path: Path) -> Iterator[AuditService]:
    """With a head that its witness keeps."""
    with (
        cloned_database(postgres_url, template) as url,
        audit_service(url, migrated=True) as built,
    ):
        built.witness = WitnessFile(tmp_path / "heads.jsonl")
        built.auditor.heads.sign_due()
        yield built


def first_found(audit: AuditService) -> str:
    report = audit.auditor.verify(full=True, replay=False)
    found = [finding for chain in report.chains for finding in chain.findings]
    assert found, "nothing was found"
    return min(found, key=lambda finding: finding.sequence).event


@pytest.mark.parametrize("attack", ON_EVENTS)
class TestOnEvents:
    def test_alone_is_located(self, audit: AuditService, attack: str) -> None:
        place, statement = ON_EVENTS[attack]
        assert audit.tamper("metering", statement)
        assert first_found(audit) in (place, "metering:-9")
        with pytest.raises(HistoryAltered):
            require_intact(audit.auditor)

    def test_with_all_that_follows_of_them_made_anew_is_located(
        self, audit: AuditService, attack: str
    ) -> None:
        place, statement = ON_EVENTS[attack]
        assert audit.tamper("metering", statement)
        audit.forget_the_ledger()
        audit.follow()
        assert {signed.head.service for signed in audit.auditor.heads.sign_due()} <= {
            "billing",
            "addons",
        }
        assert first_found(audit) in (place, "metering:-9", "metering:-1")

    def test_with_the_tree_felled_too_is_found(self, audit: AuditService, attack: str) -> None:
        assert audit.tamper("metering", ON_EVENTS[attack][1])
        audit.forget_the_ledger()
        audit.fell_the_trees()
        audit.follow()
        audit.auditor.heads.sign_due()
        assert first_found(audit).startswith("metering:")


@pytest.mark.parametrize("attack", ON_LEDGER)
def test_on_the_ledger_alone_is_located_and_nothing_is_exported(
    audit: AuditService, attack: str
) -> None:
    which = "service = 'metering' AND sequence = 9"
    assert audit.positions.database.execute(ON_LEDGER[attack].format(which=which)) == 1
    assert first_found(audit) == "metering:9"
    with pytest.raises(HistoryAltered, match="metering:9"):
        require_intact(audit.auditor)


def test_untouched_history_is_intact_and_signed_at_export(audit: AuditService) -> None:
    audit.meter("acme", "message", ["more"])
    audit.follow()
    require_intact(audit.auditor)
    assert audit.auditor.heads.last()["metering"].head.events == 61
