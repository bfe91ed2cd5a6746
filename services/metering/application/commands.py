"""What waits for the next group commit, and what it is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from runtime.postgres import binary_arrays
from services.metering.application.months import MonthNumber
from services.metering.domain.quota import Metric, Usage

AccountKey = tuple[str, Metric, MonthNumber]
Action = Literal["start", "playground", "release", "expire"]
Status = Literal["inserted", "duplicate", "refused", "ignored"]
Answer = TypeVar("Answer")


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False, kw_only=True)
class Waiting(Generic[Answer]):
    """Made in the event loop. `answer` is done once the command is committed. `recovered` are ids
    that an earlier attempt had already recorded when its acknowledgement was lost."""

    answer: asyncio.Future[Answer] = field(default_factory=_future)
    since: float = field(default_factory=time.monotonic)
    recovered: frozenset[bytes] = frozenset()


class WireForm(NamedTuple):
    """Elements of arrays as PostgreSQL reads them (`runtime.postgres.binary_arrays`)."""

    ids: bytes
    topics: bytes
    states: bytes


_NOTHING = WireForm(b"", b"", b"")


@dataclass(slots=True, eq=False)
class RecordUsage(Waiting["UsageAnswer"]):
    """First turns and notices of one request; ids are unique in it. An account of None is not
    counted."""

    ids: list[bytes] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    states: list[bytes] = field(default_factory=list)
    accounts: list[AccountKey | None] = field(default_factory=list)
    wire: WireForm = _NOTHING

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, identity: bytes, topic: str, state: bytes, account: AccountKey | None) -> None:
        self.ids.append(identity)
        self.topics.append(topic)
        self.states.append(state)
        self.accounts.append(account)

    def encode(self) -> None:
        """Makes `wire` of what was added."""
        self.wire = WireForm(
            binary_arrays.uuids(self.ids),
            binary_arrays.texts(self.topics),
            binary_arrays.byteas(self.states),
        )


@dataclass(slots=True, eq=False)
class RecordMessages(Waiting["MessagesAnswer"]):
    """Messages of one request; ids are unique in it. With `exact` there is one, and it is only
    recorded while its account is below `limit` (None: unlimited). `cause` is its stored form."""

    cause: bytes
    exact: bool = False
    limit: int | None = None
    ids: list[bytes] = field(default_factory=list)
    workspaces: list[str] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    usage_ids: list[str] = field(default_factory=list)
    dimensions: list[Mapping[str, str] | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def add(
        self,
        identity: bytes,
        workspace: str,
        instant: datetime,
        usage_id: str,
        dimensions: Mapping[str, str] | None,
    ) -> None:
        self.ids.append(identity)
        self.workspaces.append(workspace)
        self.times.append(instant)
        self.usage_ids.append(usage_id)
        self.dimensions.append(dimensions)


@dataclass(slots=True, eq=False)
class ChangeHold(Waiting["HoldAnswer"]):
    """`stream` is the id of the hold's own stream, `conversation` that of the metered event."""

    action: Action
    conversation: bytes
    stream: bytes
    usage_id: str
    state: bytes
    expires_at: datetime
    account: AccountKey
    limit: int | None

    def __len__(self) -> int:
        return 1


@dataclass(slots=True)
class Figures:
    """Where the log stood before and after a group, and the accounts that changed in it."""

    previous: int
    head: int
    accounts: list[tuple[AccountKey, Usage]]


@dataclass(slots=True)
class UsageAnswer:
    """One for all commands of a group. `inserted` None: everything was."""

    head: int
    inserted: frozenset[bytes] | None
    ignored: frozenset[bytes]
    late: frozenset[bytes]

    def status(self, command: RecordUsage, identity: bytes) -> Status:
        if identity in self.ignored:
            return "ignored"
        if self.inserted is None or identity in self.inserted or identity in command.recovered:
            return "inserted"
        return "duplicate"


@dataclass(slots=True)
class MessagesAnswer:
    """Of one command: indexes of its messages, None where all were inserted."""

    head: int
    statuses: Sequence[Status] | None

    def status(self, index: int) -> Status:
        return "inserted" if self.statuses is None else self.statuses[index]


@dataclass(slots=True)
class HoldAnswer:
    head: int
    outcome: str
    expires_at: int  # microseconds of Unix time, 0: no hold
