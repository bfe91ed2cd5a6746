"""One piece of work for all who ask for it at the same time, as a commit can be one for many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Coalescing(Generic[Item, Outcome]):
    """Called by many threads. Nobody lingers for others: whoever finds nothing under way works at
    once, and does so for all who came while it waited. `work` gives the outcomes in the order of
    its items; what it raises is raised in each of their threads."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Outcome]]) -> None:
        self._work = work
        self._working = threading.Lock()
        self._changing = threading.Lock()
        self._waiting: list[tuple[Item, Future[Outcome]]] = []

    def __call__(self, item: Item) -> Outcome:
        answer: Future[Outcome] = Future()
        with self._changing:
            self._waiting.append((item, answer))
        with self._working:
            if not answer.done():
                self._work_for_all()
        return answer.result()

    def _work_for_all(self) -> None:
        with self._changing:
            group, self._waiting = self._waiting, []
        try:
            outcomes = self._work([item for item, _ in group])
            for (_, answer), outcome in zip(group, outcomes, strict=True):
                answer.set_result(outcome)
        except BaseException as error:
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(error)
