"""A month of an AI-chat product, from a seed: the input whose numbers are known beforehand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kernel.clock import rfc3339
from kernel.month import Month

DUPLICATES = 0.03  # sent again by a client that missed the answer
LATE = 0.02  # belong to the month before
PLAYGROUND = 0.04  # the team trying out its own agent: never counts
RESUMED = 0.08  # conversations picked up again another day: count once
MESSAGES_A_CONVERSATION = 7
AGENTS = ("support", "sales", "onboarding")


@dataclass(frozen=True, slots=True)
class Usage:
    id: str
    workspace: str
    metric: str
    occurred_at: datetime
    agent: str
    is_playground: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "workspace_id": self.workspace,
            "metric": self.metric,
            "occurred_at": rfc3339(self.occurred_at),
            "agent_id": self.agent,
            "is_playground": self.is_playground,
        }


@dataclass(frozen=True, slots=True)
class Traffic:
    """`first` is in no order and holds exact duplicates; `resumed` is sent after it."""

    first: Sequence[Usage]
    resumed: Sequence[Usage]

    def __len__(self) -> int:
        return len(self.first) + len(self.resumed)


def generate(seed: int, workspaces: Sequence[str], month: Month, at_least: int) -> Traffic:
    """At least so many events; workspaces differ in size as customers do."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    weights = [1 / (rank + 1) for rank in range(len(workspaces))]
    first: list[Usage] = []
    resumed: list[Usage] = []
    number = 0
    while len(first) + len(resumed) < at_least:
        workspace = chance.choices(workspaces, weights)[0]
        number += 1
        turns = list(_conversation(chance, workspace, f"c{number}", month))
        first += turns
        first += [turn for turn in turns if chance.random() < DUPLICATES]
        if chance.random() < RESUMED:
            resumed.append(_picked_up_again(chance, turns[0]))
    chance.shuffle(first)
    return Traffic(first, resumed)


def _conversation(
    chance: random.Random, workspace: str, name: str, month: Month
) -> Iterator[Usage]:
    begins = _moment(chance, month.previous if chance.random() < LATE else month)
    agent = chance.choice(AGENTS)
    trial = chance.random() < PLAYGROUND
    yield Usage(name, workspace, "conversation", begins, agent, trial)
    for turn in range(1 + int(chance.expovariate(1 / MESSAGES_A_CONVERSATION))):
        happens = begins + timedelta(seconds=turn * chance.uniform(5, 90))
        yield Usage(f"{name}-m{turn}", workspace, "message", happens, agent, trial)


def _moment(chance: random.Random, month: Month) -> datetime:
    """Mostly by day, less at weekends, down to the last millisecond of the month."""
    length = (month.end - month.start).total_seconds()
    while True:
        instant = month.start + timedelta(seconds=round(chance.uniform(0, length - 0.001), 3))
        busy = 1.0 if 8 <= instant.hour < 20 else 0.3
        if chance.random() < busy * (0.5 if instant.weekday() >= 5 else 1.0):
            return instant


def _picked_up_again(chance: random.Random, started: Usage) -> Usage:
    """The same conversation, reported once more with a later time (maybe of the next month)."""
    later = started.occurred_at + timedelta(hours=chance.uniform(3, 72))
    return Usage(
        started.id, started.workspace, "conversation", later, started.agent, started.is_playground
    )
