"""What is kept of what waits, and what is left in the log."""

from __future__ import annotations

from services.notifications.domain.delivery import Message
from services.notifications.domain.overflow import Gap, overflow


def message(sequence: int, workspace: str = "acme", key: str = "") -> Message:
    return Message("billing", sequence, "billing.PlanSwapped.v1", key or workspace, workspace, b"")


ACME = ("billing", "acme")


class TestOverflow:
    def test_a_stuck_key_leaves_what_there_is_no_room_for(self) -> None:
        kept, gaps = overflow([message(9), message(3), message(5)], {ACME}, room=2)
        assert [each.sequence for each in kept] == [3, 5]
        assert gaps == [Gap(*ACME, "acme", 8)]

    def test_a_gap_is_not_followed_by_anything_kept(self) -> None:
        kept, gaps = overflow([message(3), message(5)], {ACME}, room=0)
        assert (kept, gaps) == ([], [Gap(*ACME, "acme", 2)])

    def test_keys_that_only_queue_are_kept(self) -> None:
        waiting = [message(3, "globex"), message(4)]
        kept, _ = overflow(waiting, {ACME}, room=0)
        assert kept == [waiting[0]]

    def test_catalogues_which_no_workspace_names_are_kept(self) -> None:
        entry = message(3, "", "pro")
        assert overflow([entry], {("billing", "pro")}, room=0) == ([entry], [])
