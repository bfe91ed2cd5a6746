"""Something around whose calls the process dies: before a call has an effect, or right after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

Moment = Literal["before", "after"]


class ProcessDied(BaseException):
    """Nothing that handles errors sees this: what would come after it never happens."""


class Crashing:
    """Passes every call on to `inner`. `crash_at(call, moment)` lets the process die around the
    next such call."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self._planned: dict[str, Moment] = {}

    def crash_at(self, call: str, moment: Moment) -> None:
        self._planned[call] = moment

    def forget(self) -> None:
        """What was planned and did not come about."""
        self._planned.clear()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return self._around(name, found) if callable(found) else found

    def _around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def crashing(*arguments: Any, **named: Any) -> Any:
            moment = self._planned.pop(name, None)
            if moment == "before":
                raise ProcessDied(name)
            answer = call(*arguments, **named)
            if moment == "after":
                raise ProcessDied(name)
            return answer

        return crashing
