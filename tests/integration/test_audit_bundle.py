"""An exported bundle proves itself; whatever is altered in it is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.audit.bundle import (
    CHECKPOINTS,
    CONTENT,
    EVENTS,
    FIGURES,
    HEADS,
    MANIFEST,
    SIGNATURE,
    WHOLE_FORMAT,
    content_of,
    encode,
    file_facts,
)
from deploy.audit.checking import check_bundle
from deploy.audit.exporting import Export, HistoryAltered
from deploy.audit.outcome import Outcome
from projections.audit_trail.chain import Signer, key_id
from projections.audit_trail.ledger import open_ledger
from runtime.eventstore.stream import Change
from runtime.readmodels.shadow import unseen
from services.addons.domain.purchase.purchase import Buyer, Purchase
from services.addons.domain.purchase.start import decide_start
from services.addons.domain.purchase.state import PURCHASES
from tests.support.audit_history import SEED, START
from tests.support.audit_service import CAUSE, AuditService, audit_service
from tests.support.postgres import fresh_database
from tests.support.rounds import rounds
from tools.verify_bundle import Altered, verify

FILES = [MANIFEST, SIGNATURE, *CONTENT, HEADS]
KEY = Signer([SEED]).public_key.hex()


@pytest.fixture(scope="module")
def audit(postgres_url: str) -> Iterator[AuditService]:
    """1,150 events of two workspaces: one full checkpoint and an open rest."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgres_url))
        built = stack.enter_context(audit_service(url))
        built.assign("acme", "gold", "silver")
        built.assign("globex", "gold")
        for number in range(5):
            built.meter("acme", "message", [f"{number}-{each}" for each in range(150)])
            built.meter("globex", "message", [f"{number}-{each}" for each in range(80)])
        built.meter("acme", "conversation", ["c1"], START + timedelta(days=40))
        stream = built.addons.load(PURCHASES, "purchase:acme:setup")
        built.addons.append(Change(stream, decide_start(None, bought("acme"))), cause=CAUSE)
        built.follow()
        built.auditor.heads.sign_due()
        yield built


@pytest.fixture(scope="module")
def bundle(audit: AuditService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bundles") / "acme"
    export(audit, directory)
    return directory


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def bought(workspace: str) -> Purchase:
    return Purchase(
        purchase_id="pur_1",
        workspace_id=workspace,
        addon="setup",
        addon_name="Setup",
        price_cents=49900,
        currency="EUR",
        buyer=Buyer(subject="ann"),
        gateway="sandbox",
        customer=None,
        payment_method=None,
        success_url="https://app.example/done",
        cancel_url="https://app.example/back",
        started_at=START,
    )


def export(audit: AuditService, directory: Path, workspace: str = "acme") -> int:
    with open_ledger(audit.positions.database) as ledger:
        signer, heads = Signer([SEED]), audit.auditor.heads.last()
        written = Export(workspace, directory, ledger, audit.stores, signer, heads)
        return written.write(START, unseen)


def check(directory: Path, key: str = KEY) -> Outcome:
    """The independent verifier says the same, but of what only our own can make again."""
    outcome = check_bundle(directory, key, unseen)
    other = [each for each in outcome.problems if "was not published like that" not in each]
    assert is_intact_elsewhere(directory, key) is not bool(other or outcome.refused)
    return outcome


def is_intact_elsewhere(directory: Path, key: str) -> bool:
    try:
        verify(directory, key)
    except Altered:
        return False
    return True


def resign(directory: Path, seed: bytes) -> None:
    """As somebody would who owns another key, or for a moment this one."""
    manifest = json.loads((directory / MANIFEST).read_bytes())
    signer = Signer([seed])
    manifest["public_key"] = signer.public_key.hex()
    manifest["files"] = {
        name: file_facts(directory / name) for name in content_of(manifest["format"])
    }
    (directory / MANIFEST).write_bytes(encode(manifest))
    signature = signer.sign((directory / MANIFEST).read_bytes())
    (directory / SIGNATURE).write_text(f"{signature.hex()}\n")


def change_lines(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(encode(line) for line in lines))


class TestIntactBundle:
    def test_proves_every_event_and_adds_up_to_the_figures(self, bundle: Path) -> None:
        outcome = check(bundle)
        assert outcome.problems == []
        assert (outcome.workspace, outcome.events, outcome.public_key) == ("acme", 755, KEY)
        assert outcome.figures["usage"] == {
            "2026-11": {"message": 750, "conversation": 0},
            "2026-12": {"message": 0, "conversation": 1},
        }
        assert outcome.figures["subscription"]["plan"] == "silver"
        assert [each["purchase_id"] for each in outcome.figures["purchases"]] == ["pur_1"]

    def test_holds_nothing_of_another_workspace(self, bundle: Path) -> None:
        assert all(b"globex" not in (bundle / name).read_bytes() for name in FILES)

    def test_of_a_workspace_without_events_is_intact_and_empty(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        assert export(audit, tmp_path / "none", "nobody") == 0
        assert check(tmp_path / "none").problems == []

    def test_a_directory_in_use_is_not_written_to(self, audit: AuditService, bundle: Path) -> None:
        with pytest.raises(FileExistsError):
            export(audit, bundle)


class TestWholeness:
    def test_is_proven_up_to_the_heads_of_all_logs(self, bundle: Path) -> None:
        outcome = check(bundle)
        assert json.loads((bundle / MANIFEST).read_bytes())["format"] == WHOLE_FORMAT
        assert outcome.whole == {"billing": 5, "metering": 1_151, "addons": 1}

    def test_what_is_hidden_from_a_workspace_is_not_exported(
        self, audit: AuditService, tmp_path: Path
    ) -> None:
        with hidden(audit), pytest.raises(HistoryAltered, match="other events"):
            export(audit, tmp_path / "hidden")

    def test_what_is_hidden_is_found_although_all_else_is_signed(
        self, audit: AuditService, copy: Path, tmp_path: Path
    ) -> None:
        """By an exporter who leaves the map out, and an owner of the key who puts it back."""
        with hidden(audit), open_ledger(audit.positions.database) as ledger:
            made = Export("acme", tmp_path / "less", ledger, audit.stores, Signer([SEED]), {})
            assert made.write(START, unseen) == 655
        manifest = json.loads((tmp_path / "less" / MANIFEST).read_bytes())
        assert check(tmp_path / "less").intact
        shutil.copy(copy / HEADS, tmp_path / "less")
        key = {key_id(bytes.fromhex(KEY)): KEY}
        whole = {**manifest, "format": WHOLE_FORMAT, "keys": key}
        (tmp_path / "less" / MANIFEST).write_bytes(encode(whole))
        resign(tmp_path / "less", SEED)
        found = ["up to metering:1151 the workspace has other events than these"]
        assert check(tmp_path / "less").problems == found

    def test_without_a_log_s_head_it_is_not(self, copy: Path) -> None:
        change_lines(copy / HEADS, lambda lines: lines.__delitem__(1))
        resign(copy, SEED)
        found = ["no head says which events of metering there are"]
        assert check(copy).problems == found


@contextmanager
def hidden(audit: AuditService) -> Iterator[None]:
    """A hundred messages of acme."""
    change = "UPDATE audit_trail SET workspace = %s WHERE service = 'metering' AND sequence <= 100"
    audit.positions.database.execute(change, ("",))
    yield
    audit.positions.database.execute(change, ("acme",))


class TestTamperedBundle:
    @settings(
        max_examples=rounds(60),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
    def test_any_altered_byte_is_found(
        self, copy: Path, name: str, place: float, change: int
    ) -> None:
        path = copy / name
        whole = path.read_bytes()
        position = int(place * len(whole))
        path.write_bytes(
            whole[:position] + bytes([whole[position] ^ change]) + whole[position + 1 :]
        )
        try:
            assert not check(copy).intact
        finally:
            path.write_bytes(whole)

    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file_is_found(self, copy: Path, name: str) -> None:
        (copy / name).unlink()
        assert f"{name} is missing" in check(copy).problems

    def test_a_foreign_file_is_found(self, copy: Path) -> None:
        (copy / "more.txt").write_text("trust me")
        assert check(copy).problems == ["more.txt is foreign"]

    def test_a_bundle_signed_with_another_key_is_found(self, copy: Path) -> None:
        resign(copy, bytes(32))
        assert "it is signed with another key than the one you trust" in check(copy).problems

    def test_what_is_no_bundle_says_so(self, tmp_path: Path) -> None:
        assert not check(tmp_path).intact
        assert not check(tmp_path / "nowhere").intact


class TestForgedContent:
    """Even who can sign a manifest can't make events that the checkpoints do not cover."""

    def problems(self, copy: Path) -> str:
        resign(copy, SEED)
        return "\n".join(check(copy).problems)

    def test_an_altered_event(self, copy: Path) -> None:
        def alter(lines: list[dict[str, Any]]) -> None:
            lines[1]["state"] = lines[1]["state"].replace("gold", "lead")

        change_lines(copy / EVENTS, alter)
        found = self.problems(copy)
        assert "checkpoint 1 of billing: the events between 1 and 5" in found
        assert "billing:2 was not published like that" in found

    def test_another_time_of_recording(self, copy: Path) -> None:
        def alter(lines: list[dict[str, Any]]) -> None:
            lines[10]["recorded_at"] = "2026-11-01T00:00:00Z"

        change_lines(copy / EVENTS, alter)
        assert "checkpoint 1 of metering" in self.problems(copy)

    def test_another_published_story(self, copy: Path) -> None:
        def alter(lines: list[dict[str, Any]]) -> None:
            lines[2]["published"]["data"]["subscription"]["plan"] = "lead"

        change_lines(copy / EVENTS, alter)
        found = self.problems(copy)
        assert "billing:3 was not published like that" in found
        assert f"{FIGURES} is not what the events add up to" in found

    @pytest.mark.parametrize("index", [2, 400, -1])
    def test_a_left_out_event(self, copy: Path, index: int) -> None:
        change_lines(copy / EVENTS, lambda lines: lines.__delitem__(index))
        assert self.problems(copy)

    def test_reordered_events(self, copy: Path) -> None:
        change_lines(copy / EVENTS, lambda lines: lines.insert(5, lines.pop(6)))
        assert "checkpoint 1 of metering" in self.problems(copy)

    def test_services_in_another_order(self, copy: Path) -> None:
        change_lines(copy / EVENTS, lambda lines: lines.append(lines.pop(0)))
        assert "billing:1 is out of order" in self.problems(copy)

    def test_a_forged_checkpoint(self, copy: Path) -> None:
        def forge(lines: list[dict[str, Any]]) -> None:
            lines[0]["last_sequence"] += 1

        change_lines(copy / CHECKPOINTS, forge)
        assert "checkpoint 1 of billing: its signature is wrong" in self.problems(copy)

    def test_a_left_out_checkpoint(self, copy: Path) -> None:
        change_lines(copy / CHECKPOINTS, lambda lines: lines.__delitem__(1))
        assert "checkpoint 2 of metering: one before it is missing" in self.problems(copy)

    def test_other_figures(self, copy: Path) -> None:
        def inflate(lines: list[dict[str, Any]]) -> None:
            lines[0]["usage"]["2026-11"]["message"] += 1

        change_lines(copy / FIGURES, inflate)
        assert self.problems(copy) == f"{FIGURES} is not what the events add up to"


class TestAlteredStore:
    def test_is_not_exported(self, database_url: str, tmp_path: Path) -> None:
        with audit_service(database_url) as audit:
            audit.assign("acme", "gold")
            audit.follow()
            audit.tamper("billing", "DELETE FROM {events} WHERE notification_id = 2")
            with pytest.raises(HistoryAltered, match="billing:2"):
                export(audit, tmp_path / "acme")
