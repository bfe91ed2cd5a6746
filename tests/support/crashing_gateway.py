"""A gateway around which the process dies: before its call has an effect, or right after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from gateways.port import Gateway

Moment = Literal["before", "after"]


class ProcessDied(BaseException):
    """Nothing that would handle an error sees this: what comes after it never happens."""


class CrashingGateway:
    """Passes everything on. `crash_at(call, moment)` lets the process die around the next such
    call."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._planned: dict[str, Moment] = {}

    def crash_at(self, call: str, moment: Moment) -> None:
        self._planned[call] = moment

    def forget(self) -> None:
        """A crash that was planned and did not come about."""
        self._planned.clear()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
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
