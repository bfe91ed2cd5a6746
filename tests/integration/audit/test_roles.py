"""What the service signs in as adds to history, and can't change it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from deploy.composition import Composition
from deploy.roles import grant_everywhere
from tests.support.audit_service import audit_service
from tests.support.postgres import fresh_database
from tests.upgrades.schema import composition

CHANGES = (
    "UPDATE {} SET {} = {}",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "DROP TABLE {}",
)
TABLES = (
    *("billing.billing_events", "metering.metering_events", "addons.addons_events"),
    *("billing.log_epochs", "metering.log_epochs", "addons.log_epochs"),
    *("projections.audit_heads", "projections.audit_log_trees"),
)


@pytest.fixture(scope="module")
def url(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fresh_database(postgres_url) as made:
        built: Composition = composition(made, tmp_path_factory.mktemp("data"))
        built.migrate()
        grant_everywhere(built, create=True)
        grant_everywhere(built, create=False)
        for schema in built.schemas():
            schema.database.close()
        with audit_service(as_role(made, "billing_writer"), migrated=True) as audit:
            audit.assign("acme", "gold")
            audit.meter("acme", "message", ["1", "2"])
            audit.catalogue("setup")
            audit.follow()
            assert len(audit.auditor.heads.sign_due()) == 3
        yield made


def as_role(url: str, role: str) -> str:
    return make_conninfo(url, options=f"-c role={role}")


@pytest.mark.parametrize("table", TABLES)
def test_the_writer_adds_to_history_and_can_t_change_it(url: str, table: str) -> None:
    with psycopg.connect(as_role(url, "billing_writer"), autocommit=True) as writer:
        rows = writer.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()
        assert rows[0][0] > 0
        with writer.transaction():
            writer.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        [[column]] = writer.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1",
            (table,),
        ).fetchall()
        for change in CHANGES:
            with pytest.raises(InsufficientPrivilege):
                writer.execute(change.format(table, column, column).encode())
        assert writer.execute(f"SELECT count(*) FROM {table}".encode()).fetchall() == rows


def test_the_writer_verifies_what_it_wrote(url: str) -> None:
    with audit_service(as_role(url, "billing_writer"), migrated=True) as audit:
        assert audit.auditor.verify(full=True, replay=False).intact


def test_who_reads_changes_nothing_and_sees_no_keys(url: str) -> None:
    with psycopg.connect(as_role(url, "billing_reader"), autocommit=True) as reader:
        assert reader.execute("SELECT count(*) FROM metering.metering_quotas").fetchone()
        for statement in (
            b"DELETE FROM metering.metering_quotas",
            b"INSERT INTO billing.log_epochs SELECT * FROM billing.log_epochs",
            b"SELECT * FROM vault.workspace_keys",
        ):
            with pytest.raises(InsufficientPrivilege):
                reader.execute(statement)


def test_an_auditor_sees_history_and_nothing_beside_it(url: str) -> None:
    with psycopg.connect(as_role(url, "billing_auditor"), autocommit=True) as auditor:
        assert auditor.execute("SELECT count(*) FROM billing.billing_events").fetchone()
        assert auditor.execute("SELECT count(*) FROM projections.audit_heads").fetchone()
        for table in (b"billing.inbox", b"metering.metering_quotas", b"vault.workspace_keys"):
            with pytest.raises(InsufficientPrivilege):
                auditor.execute(b"SELECT * FROM " + table)
