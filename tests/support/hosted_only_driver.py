"""What drivers share whose gateway takes payments on its own pages only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

from gateways.port import Gateway
from tests.support.double_clock import DoubleClock
from tests.support.gateway_driver import Delivery, Fault


class Double(Protocol):
    clock: DoubleClock

    @property
    def lock(self) -> AbstractContextManager[Any]: ...
    def begin_period(self, ref: str, *, paid: bool) -> None: ...
    def break_next(self, fault: Fault, calls: int = 1) -> None: ...
    def deliveries(self) -> list[Delivery]: ...


D = TypeVar("D", bound=Double)


class HostedOnlyDriver(Generic[D]):
    def __init__(self, double: D, gateway: Gateway) -> None:
        self.double = double
        self.gateway = gateway

    def now(self) -> datetime:
        return self.double.clock.now()

    def renew(self, subscription: str) -> None:
        with self.double.lock:
            self.double.begin_period(subscription, paid=True)

    def fail_payment(self, subscription: str) -> None:
        with self.double.lock:
            self.double.begin_period(subscription, paid=False)

    def saved_method(
        self, customer_of: str, *, card: Literal["ok", "declined", "3ds"]
    ) -> tuple[str, str]:
        raise LookupError(f"{self.gateway.name} keeps no method of {customer_of} to charge")

    def confirm(self, charge: str, *, succeed: bool) -> None:
        raise LookupError(f"{self.gateway.name} asks about {charge} on its own page, if at all")

    def advance(self, by: timedelta) -> None:
        with self.double.lock:
            self.double.clock.advance(by)

    def break_next(self, fault: Fault, calls: int = 1) -> None:
        self.double.break_next(fault, calls)

    def deliveries(self) -> list[Delivery]:
        return self.double.deliveries()
