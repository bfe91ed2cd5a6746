"""Clients that change one account of `tokens` at once and go on through every failure, as hosts
do: until a command is answered it is sent again."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
from eventsourcing.persistence import PersistenceError

from contracts import addons
from kernel.clock import rfc3339
from tests.support.metering_caller import Caller
from tests.support.metering_purchases import Shop

FINISHES = ("settle", "above", "release", "keep", "expire", "correct")


@dataclass
class Told:
    """What the clients were told in the end: units by id."""

    held: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    freed: set[str] = field(default_factory=set)
    granted: dict[str, int] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    new: Counter[str] = field(default_factory=Counter)
    answers: int = 0


@dataclass
class Client:
    host: Caller
    number: int
    random: random.Random
    told: Told
    stopped: threading.Event

    def live(self) -> None:
        step = 0
        while not self.stopped.is_set():
            name = f"{self.number}-{step}"
            step += 1
            amount = self.random.randint(1, 40)
            match self.random.randrange(10):
                case 0 | 1 | 2:
                    self._use(name, amount)
                case 3:
                    self._grant(f"g{name}", amount * 3)
                case 4:
                    self._revoke()
                case _:
                    self._reserve(name, amount, self.random.choice(FINISHES))

    def _use(self, name: str, amount: int) -> None:
        if self._accepted(name, lambda: self.host.use(name, amount)):
            self.told.counted[name] = amount
            assert self._ask(lambda: self.host.use(name, amount)).status_code == 200

    def _grant(self, name: str, amount: int) -> None:
        ends = self.random.choice([None, None, rfc3339(datetime.now(UTC) + timedelta(seconds=2))])
        more = {"priority": amount % 3, "expires_at": ends}
        assert self._accepted(name, lambda: self.host.grant(name, amount, **more))
        self.told.granted[name] = amount

    def _revoke(self) -> None:
        known = sorted(name for name in self.told.granted if name.startswith("g"))
        if known:
            name = self.random.choice(known)
            url = self.host.path(f"grants/{name}/revoke")
            assert self._ask(lambda: self.host.http.post(url)).status_code == 200
            self.told.revoked.add(name)

    def _reserve(self, name: str, amount: int, finish: str) -> None:
        seconds = 1 if finish == "expire" else 1800
        counted_as = f"{name} {finish}" if finish == "expire" else name
        if not self._accepted(
            counted_as, lambda: self.host.reserve(name, amount, expires_in=seconds)
        ):
            return
        match finish:
            case "keep":
                self.told.held[name] = amount
            case "expire":
                self.told.freed.add(name)
            case "release":
                assert self._ask(lambda: self.host.free(name)).status_code == 200
                self.told.freed.add(name)
            case _:
                self._settle(name, amount, finish)

    def _settle(self, name: str, amount: int, finish: str) -> None:
        value = amount + 7 if finish == "above" else amount // 2
        assert self._ask(lambda: self.host.settle(name, value)).json()["value"] == value
        if finish == "correct":
            value = self.random.choice([0, amount, amount + 9])
            assert self._accepted(f"c {name}", lambda: self.host.correct("c", name, value))
        self.told.counted[name] = value

    def _accepted(self, name: str, send: Callable[[], httpx.Response]) -> bool:
        answer = self._ask(send)
        assert answer.status_code in (200, 201, 429), answer.text
        self.told.new[name] += answer.status_code == 201
        return answer.status_code != 429

    def _ask(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = send()
                if answer.status_code < 500:
                    self.told.answers += 1
                    return answer
            time.sleep(0.05)


@dataclass
class Buyer:
    """Buys credits, and now and then gets the money back; each is told until it is stored."""

    shop: Shop
    random: random.Random
    told: Told
    stopped: threading.Event

    def live(self) -> None:
        number = 0
        while not self.stopped.is_set():
            name, amount = f"pur_{number}", self.random.randint(20, 120)
            number += 1
            given = addons.CreditGrant(meter="tokens", amount=amount, expires_in_days=None)
            self._tell(addons.AddonPaid, purchase_id=name, grants=(given,))
            self.told.granted[name] = amount
            if self.random.random() < 0.3:
                self._tell(addons.AddonRefunded, purchase_id=name, grants=(given,))
                self.told.revoked.add(name)
            time.sleep(0.1)

    def _tell(self, kind: type[addons.PurchaseEvent], **purchase: object) -> None:
        while True:
            with contextlib.suppress(psycopg.Error, PersistenceError):
                return self.shop.tells(kind, **purchase)
            time.sleep(0.05)


@contextlib.contextmanager
def living(*lives: Callable[[], None], stopped: threading.Event) -> Iterator[None]:
    """What fails in one of them fails here."""
    with ThreadPoolExecutor(len(lives)) as pool:
        running: list[Future[None]] = [pool.submit(life) for life in lives]
        try:
            yield
        finally:
            stopped.set()
        for each in running:
            each.result(120)
