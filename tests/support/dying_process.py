"""Something around whose calls the process dies: before a call has an effect, or right after."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Literal

CrashPoint = Literal["before", "after"]
PORTS = ("catalogue", "checkouts", "subscriptions", "payments", "webhooks")


class ProcessDied(BaseException):
    """Nothing that handles errors sees this: what would come after it never happens."""


class Crashing:
    """Passes every call on to `inner`, until the process is to die around one of them. A gateway's
    calls are named with their port: `payments.charge`."""

    def __init__(self, inner: object) -> None:
        self._inner = inner
        self._by_name: dict[str, CrashPoint] = {}
        self._by_count: tuple[int, CrashPoint] | None = None

    def offers(self, call: str) -> bool:
        try:
            return callable(attrgetter(call)(self._inner))
        except AttributeError:
            return False

    def crash_at(self, call: str, point: CrashPoint) -> None:
        """Around the next call of that name."""
        self._by_name[call] = point

    def crash_behind(self, calls: int, point: CrashPoint) -> None:
        """Around the call that so many others precede, whatever their names."""
        self._by_count = calls, point

    def forget(self) -> bool:
        """True when something was planned that did not come about."""
        planned = bool(self._by_name) or self._by_count is not None
        self._by_name.clear()
        self._by_count = None
        return planned

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in PORTS:
            return _Port(found, name, self.around)
        return self.around(name, found) if callable(found) else found

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def crashing(*arguments: Any, **named: Any) -> Any:
            point = self._due(name)
            if point == "before":
                raise ProcessDied(name)
            answer = call(*arguments, **named)
            if point == "after":
                raise ProcessDied(name)
            return answer

        return crashing

    def _due(self, name: str) -> CrashPoint | None:
        if self._by_count is None:
            return self._by_name.pop(name, None)
        preceding, point = self._by_count
        self._by_count = (preceding - 1, point) if preceding else None
        return None if preceding else point


class _Port:
    def __init__(self, inner: object, name: str, around: Callable[..., Any]) -> None:
        self._inner = inner
        self._name = name
        self._around = around

    def __getattr__(self, name: str) -> Any:
        return self._around(f"{self._name}.{name}", getattr(self._inner, name))
