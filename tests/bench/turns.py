"""Several loads in turns within one run, so that a machine that gets slower does so for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.load import Measured, Requests, Target, drive
from tests.bench.result import Result, Spread

WARM_SECONDS = 0.7
Measurements = Mapping[str, Sequence[Measured]]


@dataclass(frozen=True)
class Load:
    """What one server is asked in a turn. `requests()` is called for each turn; with `events` each
    of its requests records so many new ones."""

    target: Target
    requests: Callable[[], Requests]
    connections: int
    events: int = 0

    def drive(self, seconds: float) -> Measured:
        """Raises AssertionError where not all was new and accepted: duplicates and refusals are
        cheaper than what is to be measured."""
        measured = drive(self.target, self.requests(), self.connections, seconds)
        assert all(200 <= status < 300 for status in measured.statuses), measured.statuses
        sent = len(measured.latencies) * self.events
        assert measured.inserted == sent, f"{measured.inserted} of {sent} events were new"
        return measured


def in_turns(loads: Mapping[str, Load], turns: int, seconds: float) -> Measurements:
    for load in loads.values():
        load.drive(WARM_SECONDS)
    measured: dict[str, list[Measured]] = {name: [] for name in loads}
    for _ in range(turns):
        for name, load in loads.items():
            measured[name].append(load.drive(seconds))
    return measured


def rates(measured: Sequence[Measured], events: int = 1) -> Spread:
    return Spread.of(each.rate * events for each in measured)


def percentiles(measured: Sequence[Measured], share: float) -> Spread:
    """In milliseconds."""
    return Spread.of(each.percentile(share) for each in measured)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Turn by turn."""
    return Spread.of(one / other for one, other in zip(ours, theirs, strict=True))


def compared(
    what: str,
    ours: Sequence[Measured],
    theirs: Sequence[Measured],
    peer: str,
    *,
    least: float | None = None,
    p99_most: float | None = None,
) -> list[Result]:
    """The rate, and the p99 of latency, as ratios."""
    late = [[each.percentile(0.99) for each in measured] for measured in (ours, theirs)]
    return [
        Result(
            f"{what} / {peer}",
            ratios([each.rate for each in ours], [each.rate for each in theirs]),
            least=least,
            details=f"{rates(ours).median:,.0f}/s, {rates(theirs).median:,.0f}/s",
        ),
        Result(
            f"{what} / {peer}, p99",
            ratios(*late),
            most=p99_most,
            details=f"{Spread.of(late[0]).median:.1f} ms, {Spread.of(late[1]).median:.1f} ms",
        ),
    ]
