"""Who is told of which commit."""

from __future__ import annotations

import threading

from runtime.feed.wakeup import Listener


class TestListener:
    def test_given_a_new_one_then_everything_may_have_happened(self) -> None:
        listener = Listener(["billing", "metering"])
        assert listener.rung() == {"billing", "metering"}
        assert listener.rung() == set()

    def test_given_a_ring_elsewhere_then_it_is_not_heard(self) -> None:
        listener = Listener(["billing"])
        listener.rung()
        listener.ring(["metering"])
        assert listener.rung() == set()

    def test_given_a_ring_before_it_waits_then_it_is_not_missed(self) -> None:
        listener = Listener(["billing", "metering"])
        listener.rung()
        listener.ring(["metering"])
        assert listener.wait(60) == {"metering"}

    def test_given_a_ring_while_it_waits_then_it_is_told_at_once(self) -> None:
        listener = Listener(["billing", "metering"])
        listener.rung()
        threading.Timer(0.05, listener.ring, [["billing"]]).start()
        assert listener.wait(60) == {"billing"}

    def test_given_silence_then_everything_is_looked_at_again(self) -> None:
        listener = Listener(["billing", "metering"])
        listener.rung()
        assert listener.wait(0) == {"billing", "metering"}
