"""What is known of a workspace's people can be given to them, and its end be proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient

from projections.audit_trail.chain import Signer
from projections.audit_trail.personal_data import NotErased, PersonalData, canonical_json
from tests.support.audit_client import bearer_of, client_of
from tests.support.audit_history import SEED, START
from tests.support.audit_service import audit_service
from tests.support.kept_beside import KeptBeside, kept_beside

SIGNER = Signer([SEED])


@pytest.fixture
def kept(database_url: str) -> Iterator[KeptBeside]:
    with audit_service(database_url) as audit, kept_beside(audit) as built:
        built.migrate()
        for workspace, address in (("acme", "ann@example.com"), ("globex", "bob@example.com")):
            audit.assign(workspace)
            built.write_to(workspace, address)
            built.notify(f"evt_{workspace}", owner=workspace)
        audit.follow()
        yield built


def of(kept: KeptBeside, workspace: str) -> AbstractContextManager[PersonalData]:
    return kept.audit.auditor.sources.personal_data(workspace)


@pytest.fixture
def api(kept: KeptBeside) -> Iterator[TestClient]:
    with client_of(kept.audit) as client:
        yield client


def test_all_of_a_workspace_and_nothing_of_another_is_told(kept: KeptBeside) -> None:
    with of(kept, "acme") as data:
        told = data.told(START)
    assert [each["texts"] for each in told["events"]] == [{"billing_email": "ann@example.com"}]
    assert [(each["id"], each["body"]) for each in told["webhooks"]] == [
        ("evt_acme", "paid evt_acme")
    ]
    assert "bob" not in str(told)


def test_nothing_is_certified_while_anything_can_be_read(kept: KeptBeside) -> None:
    with of(kept, "acme") as data, pytest.raises(NotErased, match="was never erased"):
        data.certificate(START, SIGNER)
    kept.erase("globex")
    kept.audit.follow()
    with of(kept, "globex") as data:
        assert data.certificate(START, SIGNER)["unreadable_texts"] == 1


def test_a_key_that_came_back_ends_the_certificate(kept: KeptBeside) -> None:
    rows = "SELECT key FROM vault.workspace_keys WHERE workspace = 'acme'"
    [row] = kept.audit.positions.database.rows(rows)
    kept.erase("acme")
    kept.audit.follow()
    kept.audit.positions.database.execute(
        "UPDATE vault.workspace_keys SET key = %s WHERE workspace = 'acme'", (row["key"],)
    )
    readable = pytest.raises(NotErased, match="2 texts of acme can still be read")
    with of(kept, "acme") as data, readable:
        data.certificate(START, SIGNER)


def test_an_erasure_is_certified_under_the_key_of_the_audit(kept: KeptBeside) -> None:
    kept.erase("acme")
    kept.audit.follow()
    with of(kept, "acme") as data:
        told, made = data.told(START), data.certificate(START, SIGNER)
    assert [each["texts"] for each in told["events"]] == [{"billing_email": "[erased]"}]
    assert [each["body"] for each in told["webhooks"]] == ["[erased]"]
    counts = {name: made[f"unreadable_{name}"] for name in ("texts", "webhooks")}
    assert (made["workspace"], counts) == ("acme", {"texts": 1, "webhooks": 1})
    signature = bytes.fromhex(made.pop("signature"))
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(made["public_key"]))
    public.verify(signature, canonical_json(made))


def test_over_the_api_it_is_told_to_super_admins_and_certified_to_auditors(
    kept: KeptBeside, api: TestClient
) -> None:
    path = "/v1/audit/workspaces/acme"
    assert api.get(f"{path}/personal-data").status_code == 403
    told = api.get(f"{path}/personal-data", headers=bearer_of("super_admin")).json()
    assert [each["texts"] for each in told["events"]] == [{"billing_email": "ann@example.com"}]
    assert [each["body"] for each in told["webhooks"]] == ["paid evt_acme"]
    refused = api.get(f"{path}/erasure-certificate")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_erased")
    kept.erase("acme")
    kept.audit.follow()
    made = api.get(f"{path}/erasure-certificate").json()
    signature = bytes.fromhex(made.pop("signature"))
    Ed25519PublicKey.from_public_bytes(SIGNER.public_key).verify(signature, canonical_json(made))


def test_of_a_workspace_without_a_history_nothing_is_told(api: TestClient) -> None:
    path = "/v1/audit/workspaces/nobody"
    assert api.get(f"{path}/erasure-certificate").status_code == 404
    told = api.get(f"{path}/personal-data", headers=bearer_of("super_admin"))
    assert told.json()["error"]["code"] == "not_found"
