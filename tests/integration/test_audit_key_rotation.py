"""The audit key changes: what the old one signed stays valid, and says by which key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.audit.bundle import CHECKPOINTS, MANIFEST, encode
from deploy.audit.checking import check_bundle
from deploy.audit.exporting import Export
from projections.audit_trail.chain import Signer, key_id
from projections.audit_trail.ledger import open_ledger
from projections.audit_trail.projector import read_model
from runtime.readmodels.shadow import unseen
from tests.support.audit_history import SEED, START
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import cloned_database, fresh_database

NEW = bytes([7]) * 32
OLD_KEY, NEW_KEY = Signer([SEED]).public_key, Signer([NEW]).public_key


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    """A checkpoint of either key, and an open rest."""
    with fresh_database(postgres_url) as url:
        with audit_service(url) as built:
            built.meter("acme", "message", [f"old-{number}" for number in range(1_100)])
            built.follow()
            assert built.auditor.verify(full=False, replay=False).intact
            rotate(built, NEW, SEED)
            built.meter("acme", "message", [f"new-{number}" for number in range(1_100)])
            built.follow()
        yield url


@pytest.fixture
def audit(postgres_url: str, template: str) -> Iterator[AuditService]:
    with (
        cloned_database(postgres_url, template) as url,
        audit_service(url, migrated=True) as built,
    ):
        rotate(built, NEW, SEED)
        yield built


def rotate(audit: AuditService, *seeds: bytes) -> None:
    audit.seeds, audit.models = seeds, [read_model(seeds)]


def exported(audit: AuditService, directory: Path) -> Path:
    with open_ledger(audit.positions.database) as ledger:
        signer, heads = Signer(audit.seeds), audit.auditor.heads.last()
        Export("acme", directory, ledger, audit.stores, signer, heads).write(START, unseen)
    return directory


class TestVerification:
    @pytest.mark.parametrize("full", [False, True])
    def test_history_of_both_keys_is_intact(self, audit: AuditService, full: bool) -> None:
        report = audit.auditor.verify(full=full, replay=True)
        assert [f for chain in report.chains for f in chain.findings] == []
        assert report.intact

    def test_it_begins_behind_what_was_verified_under_the_old_key(
        self, audit: AuditService
    ) -> None:
        assert audit.auditor.verify(full=False, replay=False).chains[1].since == 1_000

    def test_a_signature_of_a_key_that_was_given_up_is_found(self, audit: AuditService) -> None:
        rotate(audit, NEW)
        report = audit.auditor.verify(full=True, replay=True)
        assert [f.kind for f in report.chains[1].findings] == ["checkpoint_invalid"]

    def test_a_forged_signature_before_the_last_verified_checkpoint_is_found(
        self, audit: AuditService
    ) -> None:
        audit.auditor.verify(full=False, replay=False)
        with audit.positions.database.transaction(commit=True) as cursor:
            cursor.execute(
                "UPDATE audit_trail_checkpoints SET signature = '\\x00' WHERE number = 1"
            )
        report = audit.auditor.verify(full=False, replay=False)
        assert [f.kind for f in report.chains[1].findings] == ["checkpoint_invalid"]


class TestBundle:
    def test_names_the_key_of_each_checkpoint(self, audit: AuditService, tmp_path: Path) -> None:
        bundle = exported(audit, tmp_path / "bundle")
        manifest = json.loads((bundle / MANIFEST).read_bytes())
        lines = [json.loads(line) for line in (bundle / CHECKPOINTS).read_bytes().splitlines()]
        assert manifest["format"] == "billing-audit-bundle/2"
        assert manifest["keys"] == {key_id(key): key.hex() for key in (NEW_KEY, OLD_KEY)}
        assert [line["key_id"] for line in lines] == [key_id(OLD_KEY), *[key_id(NEW_KEY)] * 2]

    def test_is_intact_under_the_newest_key(self, audit: AuditService, tmp_path: Path) -> None:
        bundle = exported(audit, tmp_path / "bundle")
        assert check_bundle(bundle, NEW_KEY.hex(), unseen).problems == []
        assert check_bundle(bundle, "", unseen).public_key == NEW_KEY.hex()

    def test_does_not_stand_under_the_old_one_alone(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        bundle = exported(audit, tmp_path / "bundle")
        assert not check_bundle(bundle, OLD_KEY.hex(), unseen).intact

    def test_a_checkpoint_that_claims_another_key_is_found(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        bundle = exported(audit, tmp_path / "bundle")
        lines = [json.loads(line) for line in (bundle / CHECKPOINTS).read_bytes().splitlines()]
        lines[0]["key_id"] = key_id(NEW_KEY)
        (bundle / CHECKPOINTS).write_bytes(b"".join(encode(line) for line in lines))
        found = "\n".join(check_bundle(bundle, "", unseen).problems)
        assert "checkpoint 1 of metering: its signature is wrong" in found

    def test_of_one_key_is_of_the_first_format(self, audit: AuditService, tmp_path: Path) -> None:
        rotate(audit, NEW)
        with audit.positions.database.transaction(commit=True) as cursor:
            row = cursor.execute("SELECT * FROM audit_trail_checkpoints WHERE number = 1")
            assert row.fetchone()
            cursor.execute("DELETE FROM audit_trail_checkpoints")
        bundle = exported(audit, tmp_path / "bundle")
        assert json.loads((bundle / MANIFEST).read_bytes())["format"] == "billing-audit-bundle/1"
