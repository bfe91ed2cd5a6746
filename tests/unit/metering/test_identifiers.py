"""Stream ids, decision ids and log positions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.cause import Cause
from kernel.month import Month
from services.metering.application.log_positions import LogPositions
from services.metering.domain.decision import Decision, decision_id, read_decision
from services.metering.domain.errors import DecisionNotFound
from services.metering.domain.identity import CONVERSATION, MESSAGE, Identity

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CAUSE = Cause("service:host", "req_1", "request:req_1")


class TestIdentity:
    def test_workspace_kind_and_id_make_it(self) -> None:
        acme, other = Identity("acme"), Identity("other")
        made = {
            acme.of(MESSAGE, "1"),
            acme.of(CONVERSATION, "1"),
            acme.of(MESSAGE, "2"),
            other.of(MESSAGE, "1"),
        }
        assert len(made) == 4
        assert all(len(identity) == 16 for identity in made)
        assert Identity("acme").of(MESSAGE, "1") in made

    def test_kind_and_id_do_not_run_into_each_other(self) -> None:
        assert Identity("ab").of(MESSAGE, "c") != Identity("a").of(MESSAGE, "bc")

    def test_ids_of_a_workspace_lie_in_its_range(self) -> None:
        acme = Identity("acme")
        assert acme.first.bytes <= acme.of(MESSAGE, "x") <= acme.last.bytes


class TestDecisionIds:
    DECISION = Decision("acme", "message", Month(2026, 11), 123_456_789_012, 42)

    @given(
        workspace=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", fullmatch=True),
        position=st.integers(0, 2**62),
        month=st.integers(1, 12),
    )
    def test_it_carries_everything(self, workspace: str, position: int, month: int) -> None:
        decision = Decision(workspace, "conversation", Month(2026, month), position, 7)
        assert read_decision(decision_id(decision, b"secret"), [b"secret"]) == (decision, 0)

    def test_another_secret_does_not_know_it(self) -> None:
        with pytest.raises(DecisionNotFound):
            read_decision(decision_id(self.DECISION, b"secret"), [b"other"])

    def test_an_earlier_secret_is_still_known_and_told(self) -> None:
        issued = decision_id(self.DECISION, b"old")
        assert read_decision(issued, [b"new", b"old"]) == (self.DECISION, 1)

    @given(st.text(max_size=80))
    def test_what_was_not_issued_is_not_found(self, text: str) -> None:
        with pytest.raises(DecisionNotFound):
            read_decision(text, [b"secret"])


class TestLogPositions:
    def test_own_commits_in_a_row_leave_no_gap(self) -> None:
        positions = LogPositions()
        positions.committed(0, 5)
        positions.committed(5, 9)
        assert (positions.known, positions.gaps) == (9, [])

    def test_what_others_wrote_in_between_is_a_gap_until_it_is_read(self) -> None:
        positions = LogPositions()
        positions.committed(0, 5)
        positions.committed(8, 9)
        positions.heard_of(12)
        assert (positions.known, positions.gaps) == (5, [(5, 8), (9, 12)])
        positions.took_in((5, 8))
        assert positions.known == 9
        positions.took_in((9, 12))
        assert positions.known == 12

    def test_an_own_commit_that_was_heard_of_before_changes_nothing(self) -> None:
        positions = LogPositions()
        positions.heard_of(7)
        positions.committed(3, 7)
        assert (positions.tail, positions.gaps) == (7, [(0, 7)])
