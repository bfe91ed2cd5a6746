"""Token buckets and the pace of strangers, by a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kernel.errors import RateLimited
from runtime.web.address import address_of
from runtime.web.pace import A_SECOND, BURST, LONGEST_PAUSE, Pace
from runtime.web.rates import TokenBuckets


@dataclass
class Time:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


class TestABucket:
    def test_holds_a_minute_s_worth_and_fills_again_evenly(self) -> None:
        time = Time()
        buckets = TokenBuckets(60, time)
        assert [buckets.take("a") for _ in range(60)] == [0.0] * 60
        assert buckets.take("a") == pytest.approx(1.0)
        time.now += 1.001
        assert buckets.take("a") == 0
        assert buckets.take("a") > 0

    def test_is_one_key_s_alone(self) -> None:
        buckets = TokenBuckets(1, Time())
        assert buckets.take("a") == buckets.take("b") == 0
        assert buckets.take("a") > 0

    def test_says_when_to_come_again(self) -> None:
        buckets = TokenBuckets(2, Time())
        buckets.spend("a")
        buckets.spend("a")
        with pytest.raises(RateLimited) as refused:
            buckets.spend("a")
        assert refused.value.details == {"retry_after": 30}

    def test_without_a_limit_always_has_one(self) -> None:
        buckets = TokenBuckets(0, Time())
        assert {buckets.take("a") for _ in range(10_000)} == {0.0}


class TestThePace:
    def test_slows_down_whoever_goes_on(self) -> None:
        time = Time()
        pace = Pace(time)
        assert [pace.pause("a") for _ in range(BURST + 1)] == [0.0] * (BURST + 1)
        pauses = [pace.pause("a") for _ in range(10)]
        assert pauses == pytest.approx([number / A_SECOND for number in range(1, 11)])
        assert pace.pause("b") == 0

    def test_keeps_nobody_longer_than_its_bound(self) -> None:
        pace = Pace(Time())
        assert max(pace.pause("a") for _ in range(10_000)) == LONGEST_PAUSE

    def test_forgives_in_time(self) -> None:
        time = Time()
        pace = Pace(time)
        for _ in range(10_000):
            pace.pause("a")
        time.now += LONGEST_PAUSE + (BURST + 1) / A_SECOND
        assert pace.pause("a") == 0


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("not an address:", "not an address:"),
    ],
)
def test_an_ipv6_network_counts_as_one(peer: str, counted: str) -> None:
    assert address_of({"client": (peer, 1)}) == counted


def test_without_a_peer_there_is_one_address() -> None:
    assert address_of({}) == ""
