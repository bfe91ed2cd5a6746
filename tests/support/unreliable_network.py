"""A network that loses, doubles and reorders what gateways send."""

from __future__ import annotations

import random

from tests.support.billing_service import BillingService
from tests.support.gateway_driver import Delivery


class Network:
    """Delivers some webhooks now, some later, some twice and some never."""

    def __init__(self, billing: BillingService, chance: random.Random) -> None:
        self.billing = billing
        self.chance = chance
        self.waiting: list[tuple[str, Delivery]] = []

    def step(self) -> None:
        self.waiting += self.billing.deliveries()
        self.chance.shuffle(self.waiting)
        for _ in range(self.chance.randint(0, len(self.waiting))):
            name, delivery = self.waiting.pop()
            fate = self.chance.choice(["once", "once", "twice", "never", "later"])
            if fate == "later":
                self.waiting.insert(0, (name, delivery))
            elif fate != "never":
                for _ in range(2 if fate == "twice" else 1):
                    self._arrive(name, delivery)
        self.billing.read_inbox()

    def _arrive(self, name: str, delivery: Delivery) -> None:
        """Every attempt is signed when it is made."""
        fresh = self.billing.drivers[name].resign(delivery) or delivery
        answer = self.billing.receive(fresh, name)
        assert answer.status_code == 200, answer.text
