"""A group of commands as the database's functions take it, and their answers as it gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from runtime.postgres import binary_arrays
from runtime.postgres.pipelined_connection import Row
from services.metering.application.commands import (
    AccountKey,
    ChangeHold,
    Figures,
    HoldAnswer,
    RecordUsage,
    UsageAnswer,
)
from services.metering.application.months import month_of
from services.metering.domain.quota import Usage


@dataclass(slots=True)
class Accounts:
    """The distinct accounts of a group, numbered from 1."""

    numbers: dict[AccountKey, int] = field(default_factory=dict)
    limits: list[int | None] = field(default_factory=list)
    given: list[int] = field(default_factory=list)

    def number(self, key: AccountKey | None) -> int:
        """0 for None."""
        if key is None:
            return 0
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.numbers) + 1
            self.limits.append(None)
            self.given.append(0)
        return number


def read_accounts(keys: Sequence[AccountKey], row: Row) -> Figures:
    """Reads the columns previous, head and, at the end, accounts (numbers of `keys`, from 1), used,
    held."""
    previous, head = (binary_arrays.read_int8(column) for column in row[:2])
    changed = zip(*(binary_arrays.read_int8_array(column) for column in row[-3:]), strict=True)
    accounts = [(keys[number - 1], Usage(used, held, head)) for number, used, held in changed]
    return Figures(previous, head, accounts)


class UsageGroup:
    """Parameters and answer of `metering_events_append_usage`."""

    def __init__(self, commands: Sequence[RecordUsage], present: datetime) -> None:
        self.commands = commands
        self._accounts = accounts = Accounts()
        number_of = accounts.number
        self._present = present
        self._account_of: list[int] = []
        self._conversations = False
        for command in commands:
            self._account_of += [number_of(key) for key in command.accounts]
        for number, count in Counter(self._account_of).items():
            if number:
                accounts.given[number - 1] = count
        # A first turn may end a hold of another month than it counts in: of the present one.
        this_month = month_of(present)[0]
        for workspace, metric, _ in list(accounts.numbers):
            if metric == "conversation":
                self._conversations = True
                accounts.number((workspace, metric, this_month))

    def parameters(self) -> list[bytes | None]:
        accounts, commands = self._accounts, self.commands
        keys, size = list(accounts.numbers), len(self._account_of)
        return [
            binary_arrays.joined(
                binary_arrays.UUID, size, [command.wire.ids for command in commands]
            ),
            binary_arrays.joined(
                binary_arrays.TEXT, size, [command.wire.topics for command in commands]
            ),
            binary_arrays.joined(
                binary_arrays.BYTEA, size, [command.wire.states for command in commands]
            ),
            binary_arrays.int4_array(self._account_of),
            binary_arrays.text_array([key[0] for key in keys]),
            binary_arrays.text_array([key[1] for key in keys]),
            binary_arrays.int4_array([key[2] for key in keys]),
            binary_arrays.int4_array(accounts.given),
            binary_arrays.boolean(self._conversations),
            binary_arrays.timestamptz(self._present),
        ]

    def read(self, row: Row) -> Figures:
        """Answers every command; returns what changed."""
        figures = read_accounts(list(self._accounts.numbers), row)
        inserted = None if row[2] is None else frozenset(binary_arrays.read_uuids(row[2]))
        ignored, late = (frozenset(binary_arrays.read_uuids(column)) for column in row[3:5])
        answer = UsageAnswer(figures.head, inserted, ignored, late)
        for command in self.commands:
            if not command.answer.done():
                command.answer.set_result(answer)
        return figures


class HoldGroup:
    """Parameters and answer of `metering_events_append_holds`."""

    def __init__(self, commands: Sequence[ChangeHold], present: datetime) -> None:
        self.commands = commands
        self._accounts = Accounts()
        self._present = present
        self._account_of = [self._accounts.number(command.account) for command in commands]
        for command, number in zip(commands, self._account_of, strict=True):
            if command.action == "start":
                self._accounts.limits[number - 1] = command.limit

    def parameters(self) -> list[bytes | None]:
        keys = list(self._accounts.numbers)
        return [
            binary_arrays.text_array([command.action for command in self.commands]),
            binary_arrays.uuid_array([command.conversation for command in self.commands]),
            binary_arrays.uuid_array([command.stream for command in self.commands]),
            binary_arrays.text_array([command.usage_id for command in self.commands]),
            binary_arrays.bytea_array([command.state for command in self.commands]),
            binary_arrays.timestamptz_array([command.expires_at for command in self.commands]),
            binary_arrays.int4_array(self._account_of),
            binary_arrays.text_array([key[0] for key in keys]),
            binary_arrays.int4_array([key[2] for key in keys]),
            binary_arrays.int8_array(self._accounts.limits),
            binary_arrays.timestamptz(self._present),
        ]

    def read(self, row: Row) -> Figures:
        """Answers every command; returns what changed."""
        figures = read_accounts(list(self._accounts.numbers), row)
        outcomes = (row[2] or b"").decode().split(",")
        expiries = binary_arrays.read_int8_array(row[3])
        for command, outcome, expires_at in zip(self.commands, outcomes, expiries, strict=True):
            if command.stream in command.recovered and outcome == "held":
                outcome = "started"  # noqa: PLW2901 - by the attempt whose answer was lost
            if not command.answer.done():
                command.answer.set_result(HoldAnswer(figures.head, outcome, expires_at))
        return figures
