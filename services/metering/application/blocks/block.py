"""What is new of a group of commands, as `metering_events_append_block` takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeVar

from runtime.postgres import binary_arrays
from services.metering.application.blocks.facts import Facts
from services.metering.application.commands import AccountKey, RecordMessages, Status
from services.metering.application.known_ids.keys import Keys
from services.metering.application.months import month_of

SEVERAL_DAYS = 0
T = TypeVar("T")


class Block:
    """`keys` are of all messages of the commands, one after the other; `known` are the indexes of
    those that are recorded already."""

    def __init__(
        self, commands: Sequence[RecordMessages], keys: Keys, known: Collection[int]
    ) -> None:
        self.keys = keys.without(sorted(known))
        self._new = [n for n in range(len(keys)) if n not in known] if known else range(len(keys))
        self._known = known
        self._size = len(keys)
        self._facts = Facts([], [], [], [], [], [], [command.cause for command in commands])
        self._exact: list[tuple[int, AccountKey, int | None]] = []
        start = 0
        for number, command in enumerate(commands):
            self._add(number, command, start)
            start += len(command)
        self._facts.meters = ["message"] * len(self)
        self._counted = self._accounts()

    def __len__(self) -> int:
        return len(self._new)

    def _add(self, number: int, command: RecordMessages, start: int) -> None:
        facts, size = self._facts, len(command)
        kept: Sequence[int] = range(size)
        if self._known:
            kept = [n for n in kept if start + n not in self._known]
        if command.exact and kept:
            month = month_of(command.times[0])[0]
            account: AccountKey = (command.workspaces[0], "message", month)
            self._exact.append((len(facts), account, command.limit))
        facts.workspaces += _picked(command.workspaces, kept)
        facts.times += _picked(command.times, kept)
        facts.ids += _picked(command.usage_ids, kept)
        facts.dimensions += _picked(command.dimensions, kept)
        facts.cause_of += [number] * len(kept)

    def parameters(self, expected: int, attempt: bytes) -> list[bytes | None]:
        accounts = self._counted
        keys, numbers = list(accounts), {key: n for n, key in enumerate(accounts, 1)}
        limits = {account: limit for _, account, limit in self._exact}
        high, low = self.keys.written()
        return [
            binary_arrays.int8(expected),
            attempt,
            self._facts.encode(),
            high,
            low,
            binary_arrays.text_array([key[0] for key in keys]),
            binary_arrays.text_array([key[1] for key in keys]),
            binary_arrays.int4_array([key[2] for key in keys]),
            binary_arrays.int4_array([accounts[key][1] for key in keys]),
            binary_arrays.int8_array([limits.get(key) for key in keys]),
            binary_arrays.int4_array([accounts[key][0] for key in keys]),
            binary_arrays.int4_array([at for at, _, _ in self._exact]),
            binary_arrays.int4_array([numbers[account] for _, account, _ in self._exact]),
        ]

    @property
    def accounts(self) -> list[AccountKey]:
        return list(self._counted)

    def _accounts(self) -> dict[AccountKey, tuple[int, int]]:
        """How many of its facts each counts, and on which day of the month they lie."""
        found: dict[AccountKey, tuple[int, int]] = {}
        days = Counter(
            zip(self._facts.workspaces, [t.date() for t in self._facts.times], strict=True)
        )
        for (workspace, day), count in days.items():
            key: AccountKey = (workspace, "message", day.year * 100 + day.month)
            earlier = found.get(key)
            found[key] = (count, day.day) if earlier is None else (earlier[0] + count, SEVERAL_DAYS)
        return found

    def statuses(self, refused: Sequence[int], recovered: Collection[int]) -> list[Status] | None:
        """One for each message of the group; None: all are inserted. `refused` are indexes among
        the new ones, `recovered` among all."""
        if not self._known and not refused:
            return None
        statuses: list[Status] = ["inserted"] * self._size
        for index in self._known:
            statuses[index] = "inserted" if index in recovered else "duplicate"
        for index in refused:
            statuses[self._new[index]] = "refused"
        return statuses


def _picked(values: list[T], kept: Sequence[int]) -> list[T]:
    return values if len(kept) == len(values) else [values[n] for n in kept]
