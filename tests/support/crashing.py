"""A gateway around whose calls the process dies: before one has an effect, or right after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

from gateways.port import Gateway

Moment = Literal["before", "after"]


class Crash(BaseException):
    """The process died: nothing that handles errors sees this."""


class Crashing:
    """Passes every call on to `inner`, until it is armed for one of them."""

    def __init__(self, inner: Gateway) -> None:
        self.inner = inner
        self._countdown: int | None = None
        self._moment: Moment = "before"

    def arm(self, call: int, moment: Moment) -> None:
        """The process dies around the call that `call` others precede."""
        self._countdown, self._moment = call, moment

    def disarm(self) -> bool:
        """True when the armed call never came."""
        armed, self._countdown = self._countdown is not None, None
        return armed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return self._around(found) if callable(found) else found

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def crashing_call(*arguments: Any, **named: Any) -> Any:
            dies = self._dies_now()
            if dies and self._moment == "before":
                raise Crash
            answer = call(*arguments, **named)
            if dies:
                raise Crash
            return answer

        return crashing_call

    def _dies_now(self) -> bool:
        if self._countdown is None:
            return False
        self._countdown -= 1
        if self._countdown >= 0:
            return False
        self._countdown = None
        return True


def crashing(gateway: Gateway) -> Gateway:
    return cast(Gateway, Crashing(gateway))
