"""Somebody with every password, who removes what the system keeps of its own heads, lets it sign a
forged past anew, and reaches neither an auditor's file of heads nor a witness: it is found, and
between which two heads it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.audit.against import kept_elsewhere, kept_heads
from projections.audit_trail.chain import Signer
from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head
from projections.audit_trail.witness import WitnessFile
from tests.integration.audit.test_attacks import ON_EVENTS
from tests.support.audit_history import SEED
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import cloned_database, fresh_database
from tests.support.witnesses import CosigningWitness, served

pytestmark = pytest.mark.slow
SIGNER = Signer([SEED])
# A position below 1 is found without any head.
UNNOTICED = [
    name for name in ON_EVENTS if name not in ("an event is put before all", "an event moves")
]
PLACE = re.compile(r"lies behind metering:(\d+) and not behind metering:(\d+)|is at metering:(\d+)")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("auditor") / "heads.jsonl"


@pytest.fixture(scope="module")
def template(postgres_url: str, kept: Path) -> Iterator[str]:
    """An auditor kept heads of 20, 40 and 60 events."""
    with fresh_database(postgres_url) as url:
        with audit_service(url) as built:
            built.assign("acme", "gold", "silver")
            for begin in (0, 20, 40):
                built.meter("acme", "message", [str(begin + each) for each in range(20)])
                built.follow()
                WitnessFile(kept).keep(built.auditor.heads.sign_due())
        yield url


@pytest.fixture
def audit(postgres_url: str, template: str) -> Iterator[AuditService]:
    with (
        cloned_database(postgres_url, template) as url,
        audit_service(url, migrated=True) as built,
    ):
        yield built


def forge(audit: AuditService, attack: str) -> int:
    """The system signs what is left without a word. The first position that is another."""
    place, statement = ON_EVENTS[attack]
    assert audit.tamper("metering", statement)
    audit.forget_the_ledger()
    audit.fell_the_trees()
    audit.follow()
    audit.auditor.heads.sign_due()
    assert audit.auditor.verify(full=True, replay=False).intact
    return int(place.partition(":")[2])


def found(audit: AuditService, against: list[Head]) -> list[Finding]:
    report = audit.auditor.verify(full=True, replay=False, against=against)
    assert not report.intact
    return [each for chain in report.chains for each in chain.findings]


@pytest.mark.parametrize("attack", UNNOTICED)
def test_a_forged_past_is_located_by_heads_that_an_auditor_kept(
    audit: AuditService, kept: Path, attack: str
) -> None:
    place = forge(audit, attack)
    [finding] = found(audit, kept_heads(kept, SIGNER))
    located = PLACE.search(finding.detail)
    assert located is not None, finding.detail
    if located[3]:
        assert int(located[3]) == place
    else:
        assert int(located[1]) < place <= int(located[2])
        assert int(located[2]) - int(located[1]) == 20


def test_so_it_is_by_a_witness_that_is_asked_over_http(audit: AuditService) -> None:
    witness = CosigningWitness(list(audit.auditor.heads.last().values()))
    with served(witness.respond) as url:
        forge(audit, "an event is removed")
        against = kept_elsewhere(url, SIGNER, lambda: None)
        [finding] = found(audit, against)
    assert finding.kind == "head_contradicted"


def test_untouched_history_agrees_with_all_of_them(audit: AuditService, kept: Path) -> None:
    heads = kept_heads(kept, SIGNER)
    assert [head.events for head in heads if head.service == "metering"] == [20, 40, 60]
    assert audit.auditor.verify(full=True, replay=False, against=heads).intact
