"""The adapters that the contract suite runs over.

A factory takes nothing and gives a context manager, or an iterator that yields once, of a
`GatewayDriver`. Each test opens its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import cast

import pytest

from tests.support.gateway_driver import DashboardDriver, GatewayDriver, MoneyDriver

DRIVERS: list[tuple[str, str]] = [
    ("sandbox-stripe", "tests.support.sandbox_driver:stripe_profile"),
    ("sandbox-paypal", "tests.support.sandbox_driver:paypal_profile"),
    ("sandbox-razorpay", "tests.support.sandbox_driver:razorpay_profile"),
    ("stripe", "tests.support.stripe_driver:driver"),
    ("paypal", "tests.support.paypal_driver:driver"),
    ("razorpay", "tests.support.razorpay_driver:driver"),
]

# All of them as parameters: the sandbox behaves like two more gateways whose own doubles are tried
# beside it, so that those are left to the slow tests.
EVERY_DRIVER = [
    pytest.param(name, marks=[pytest.mark.slow] * (name in {"sandbox-paypal", "sandbox-razorpay"}))
    for name, _ in DRIVERS
]

# Those whose driver is a `MoneyDriver`.
KEEPING_BOOKS: list[str] = [
    "sandbox-stripe",
    "sandbox-paypal",
    "sandbox-razorpay",
    "stripe",
    "paypal",
    "razorpay",
]

# Those whose driver is a `DashboardDriver`.
CHANGED_BY_HAND: list[str] = ["sandbox-stripe", "stripe"]

# Currencies that the real gateway does not take: a plan in one is refused with GatewayRejected.
REFUSED_CURRENCIES: dict[str, frozenset[str]] = {"paypal": frozenset({"KWD"})}

Opened = AbstractContextManager[GatewayDriver] | Iterator[GatewayDriver]


def open_driver(driver_id: str) -> AbstractContextManager[GatewayDriver]:
    """Imports and starts one driver. LookupError names the entry whose module is not there."""
    target = dict(DRIVERS)[driver_id]
    opened = _factory(driver_id, target)()
    if isinstance(opened, AbstractContextManager):
        return opened
    return _once(opened)


def open_money_driver(driver_id: str) -> AbstractContextManager[MoneyDriver]:
    return cast("AbstractContextManager[MoneyDriver]", open_driver(driver_id))


def open_dashboard_driver(driver_id: str) -> AbstractContextManager[DashboardDriver]:
    return cast("AbstractContextManager[DashboardDriver]", open_driver(driver_id))


def _factory(driver_id: str, target: str) -> Callable[[], Opened]:
    module_name, _, name = target.partition(":")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as missing:
        if missing.name != module_name:
            raise
        raise LookupError(f"the driver {driver_id!r} has no module {module_name}") from missing
    return cast("Callable[[], Opened]", getattr(module, name))


@contextmanager
def _once(drivers: Iterator[GatewayDriver]) -> Iterator[GatewayDriver]:
    try:
        yield next(drivers)
    finally:
        for _ in drivers:
            raise RuntimeError("a driver factory yields once")
