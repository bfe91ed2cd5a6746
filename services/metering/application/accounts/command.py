"""What is asked of an account, and how it is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.cause import Cause
from kernel.errors import DomainError
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import AccountEvent
from services.metering.domain.accounts.records import Record
from services.metering.domain.accounts.terms import Terms

Key = tuple[str, str]
Decide = Callable[[Account, Record | None], Sequence[AccountEvent]]


@dataclass(slots=True)
class AccountAnswer:
    """How the account and the id stand. `new`: by this command. `position` is where in the log
    they do."""

    position: int
    account: Account
    record: Record | None
    new: bool
    refusal: DomainError | None = None


def _future() -> asyncio.Future[AccountAnswer]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class ChangeAccount:
    """`stream` is that of the id that is concerned. `decide` may be called more than once; a
    DomainError that it raises is the answer's refusal. Made in the event loop. `recovered` are ids
    that an earlier attempt had already recorded when its acknowledgement was lost."""

    workspace: str
    meter: str
    stream: bytes
    terms: Terms
    decide: Decide
    now: datetime
    cause: Cause
    answer: asyncio.Future[AccountAnswer] = field(default_factory=_future)
    since: float = field(default_factory=time.monotonic)
    recovered: frozenset[bytes] = frozenset()

    def __len__(self) -> int:
        return 1

    @property
    def key(self) -> Key:
        return self.workspace, self.meter
