"""How the double's webhooks travel to a real process: well, badly, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import httpx

from tests.support.gateway_driver import Delivery
from tests.support.stripe_driver import StripeDriver

Travel = Literal["on", "off", "late", "duplicated", "reordered"]
TRAVELS: tuple[Travel, ...] = ("on", "off", "late", "duplicated", "reordered")


class WebhookSender:
    """`on`: at once, in order. `off`: lost. `late`: when the next step has happened.
    `duplicated`: each twice, at the same time. `reordered`: those of two steps backwards.
    """

    def __init__(self, driver: StripeDriver, http: httpx.Client, travel: Travel) -> None:
        driver.deliveries()  # what came before is not ours
        self.travel = travel
        self.accepted = 0
        self._driver = driver
        self._http = http
        self._held: list[Delivery] = []

    def carry(self) -> bool:
        """Delivers what is due after a step. False when that is nothing."""
        return self._deliver(self._due(self._driver.deliveries()))

    def catch_up(self) -> bool:
        """Delivers what is held back, and what that made the double say. False when there was
        nothing."""
        new = [] if self.travel == "off" else self._driver.deliveries()
        due, self._held = [*self._held, *new], []
        return self._deliver(due[::-1] if self.travel == "reordered" else due)

    def _due(self, new: list[Delivery]) -> list[Delivery]:
        match self.travel:
            case "off":
                return []
            case "late":
                due, self._held = self._held, new
                return due
            case "duplicated":
                return [each for each in new for _ in range(2)]
            case "reordered" if not self._held:
                self._held = new
                return []
            case "reordered":
                due, self._held = [*self._held, *new][::-1], []
                return due
        return new

    def _deliver(self, due: list[Delivery]) -> bool:
        """Signed now, as a gateway does with each attempt; the double's clock is ahead of ours."""
        fresh = [self._driver.resign(each, age=self._driver.store.offset) for each in due]
        with ThreadPoolExecutor(2 if self.travel == "duplicated" else 1) as pool:
            answers = list(pool.map(self._post, filter(None, fresh)))
        self.accepted += answers.count("accepted")
        assert answers.count("accepted") == len({raw for raw, _ in due}), answers
        return bool(due)

    def _post(self, delivery: Delivery) -> str:
        raw, headers = delivery
        answer = self._http.post("/webhooks/stripe", content=raw, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["status"])
