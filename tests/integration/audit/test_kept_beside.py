"""Webhooks as they came and the keys of personal data are in no log: the log tells what they were,
and a verification holds them against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.audit.exporting import HistoryAltered, require_intact
from tests.support.audit_service import audit_service
from tests.support.kept_beside import KeptBeside, kept_beside
from tests.support.postgres import cloned_database, fresh_database

Located = list[tuple[str, str]]
# In the log: two events of acme's account, webhooks 3 to 5, acme's and globex's addresses.
ATTACKS: dict[str, tuple[str, Located]] = {
    "a webhook's body is replaced": (
        "UPDATE billing.inbox SET raw = convert_to('{{}}', 'UTF8') WHERE id = 'evt_2'",
        [("billing:6", "webhook_altered")],
    ),
    "a webhook's body is that of another": (
        (
            "UPDATE billing.inbox SET raw = (SELECT raw FROM billing.inbox WHERE id = 'evt_1') "
            "WHERE id = 'evt_2'"
        ),
        [("billing:6", "webhook_altered")],
    ),
    "a webhook's body is emptied": (
        "UPDATE billing.inbox SET raw = '' WHERE id = 'evt_3'",
        [("billing:7", "webhook_altered")],
    ),
    "a webhook is removed": (
        "DELETE FROM billing.inbox WHERE id = 'evt_1'",
        [("billing:5", "webhook_altered")],
    ),
    "all webhooks are removed": (
        "DELETE FROM billing.inbox",
        [(f"billing:{number}", "webhook_altered") for number in (5, 6, 7)],
    ),
    "a webhook is named otherwise": (
        "UPDATE billing.inbox SET id = 'evt_9' WHERE id = 'evt_1'",
        [("billing:5", "webhook_altered")],
    ),
    "the key of what is nobody's is replaced": (
        "UPDATE vault.workspace_keys SET key = sha256('x') WHERE workspace = '@stripe'",
        [("billing:6", "webhook_altered"), ("billing:7", "webhook_altered")],
    ),
    "a workspace's key is replaced": (
        "UPDATE vault.workspace_keys SET key = sha256('x') WHERE workspace = 'acme'",
        [("billing:5", "webhook_altered"), ("billing:8", "key_altered")],
    ),
    "a workspace's key is destroyed, and no event tells of it": (
        "UPDATE vault.workspace_keys SET key = NULL, erased_at = now() WHERE workspace = 'acme'",
        [("billing:5", "webhook_altered"), ("billing:8", "key_altered")],
    ),
    "all keys are removed": (
        "DELETE FROM vault.workspace_keys WHERE key IS NOT NULL",
        [
            *((f"billing:{number}", "webhook_altered") for number in (5, 6, 7)),
            ("billing:8", "key_altered"),
        ],
    ),
    "keys of two workspaces are exchanged": (
        (
            "UPDATE vault.workspace_keys SET key = CASE workspace WHEN 'acme' THEN "
            "(SELECT key FROM vault.workspace_keys WHERE workspace = '@stripe') ELSE "
            "(SELECT key FROM vault.workspace_keys WHERE workspace = 'acme') END "
            "WHERE workspace IN ('acme', '@stripe')"
        ),
        [
            *((f"billing:{number}", "webhook_altered") for number in (5, 6, 7)),
            ("billing:8", "key_altered"),
        ],
    ),
    "an erased workspace's key comes back": (
        (
            "UPDATE vault.workspace_keys SET key = sha256('x'), erased_at = NULL "
            "WHERE workspace = 'globex'"
        ),
        [("billing:4", "key_returned")],
    ),
    "that a workspace was erased is forgotten": (
        "DELETE FROM vault.workspace_keys WHERE workspace = 'globex'",
        [("billing:4", "key_returned")],
    ),
}


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        with audit_service(url) as audit, kept_beside(audit) as kept:
            kept.migrate()
            audit.assign("acme")
            audit.assign("globex")
            kept.write_to("globex", "ann@example.com")
            kept.erase("globex")
            kept.long_after()
            kept.notify("evt_1", owner="acme")
            kept.notify("evt_2", "evt_3")
            kept.write_to("acme", "books@example.com")
            audit.follow()
        yield url


@pytest.fixture
def kept(postgres_url: str, template: str) -> Iterator[KeptBeside]:
    with (
        cloned_database(postgres_url, template) as url,
        audit_service(url, migrated=True) as audit,
        kept_beside(audit) as built,
    ):
        yield built


def located(kept: KeptBeside) -> Located:
    report = kept.audit.auditor.verify(full=True, replay=False)
    return [(f.event, f.kind) for chain in report.chains for f in chain.findings]


def test_what_was_received_written_to_and_erased_is_as_the_log_tells(kept: KeptBeside) -> None:
    assert located(kept) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_changed_is_located_and_nothing_is_exported(kept: KeptBeside, attack: str) -> None:
    statement, expected = ATTACKS[attack]
    assert kept.audit.tamper("billing", statement)
    assert located(kept) == expected
    with pytest.raises(HistoryAltered, match=expected[0][0]):
        require_intact(kept.audit.auditor)


def test_what_an_erasure_empties_is_no_attack(kept: KeptBeside) -> None:
    kept.erase("acme")
    kept.audit.follow()
    assert located(kept) == []
