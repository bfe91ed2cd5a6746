"""One workspace in the real process and at the double of Stripe, by their HTTP alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from deploy.demo.host import Host
from gateways.port import Checkout
from gateways.stripe.metadata import facts
from tests.support.stripe_driver import StripeDriver
from tests.support.stripe_shapes import Record
from tests.support.stripe_webhook_sender import WebhookSender
from tests.support.stripe_words import ENDED, differing, in_our_words, in_their_words
from tests.support.system import RunningSystem

TIMEOUT_SECONDS = 20.0
PAUSE = 0.05
READ = re.compile(r'^inbox_settled_total{outcome="processed",source="stripe"} (\S+)$', re.M)
PAGES = {
    "success_url": "https://app.example/done?session_id={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://app.example/billing",
}
Json = dict[str, Any]


class StripeStory:
    """A step ends when its webhooks have arrived, as far as they do; where they never do, the
    workspace is reconciled instead. Then the read model shows what Stripe would say."""

    def __init__(
        self,
        system: RunningSystem,
        host: Host,
        driver: StripeDriver,
        webhook_sender: WebhookSender,
        workspace: str,
    ) -> None:
        self.webhook_sender = webhook_sender
        self.workspace = workspace
        self._system, self._host, self._driver = system, host, driver
        self._root = host.token(roles=["super_admin"])
        self._member = host.member_token(workspace)
        self._read_before = self._webhooks_read()
        self._position = ""

    # --- steps

    def create_plan(self, name: str, price_cents: int) -> Json:
        """Of this workspace's own, so that a story can change its price."""
        body = {
            "slug": self.slug(name),
            "name": name,
            "monthly_conversations": 100,
            "price_cents": price_cents,
        }
        return self._send("POST", "/v1/billing/plans", self._root, body)

    def reprice(self, name: str, price_cents: int) -> None:
        path = f"/v1/billing/plans/{self.slug(name)}"
        self._send("PATCH", path, self._root, {"price_cents": price_cents})
        self.verify()

    def checkout(self, name: str) -> Json:
        return self.command("/checkout", {"plan": self.slug(name), "gateway": "stripe", **PAGES})

    def pay(self, opened: Json) -> None:
        self.arrive(session_id=self.pay_unnoticed(opened))

    def pay_unnoticed(self, opened: Json) -> str:
        """No webhook yet. Returns what Stripe would append to `success_url`."""
        with self._driver.double.lock:
            (session,) = self._driver.store.every(
                "checkout.session", lambda each: bool(each["url"] == opened["url"])
            )
            self._driver.approve(Checkout(session["id"], opened["url"]))
        return str(session["id"])

    def at_the_bank(self, happen: Callable[[str], None]) -> None:
        with self._driver.double.lock:
            happen(self.subscriptions[0]["id"])
        self.arrive()

    def change(self, verb: str, body: Json | None = None) -> Json:
        """Its outcome is shown at once, before any webhook names it."""
        answer = self.command(f"/subscription/{verb}", body)
        self.verify()
        self.arrive()
        return answer

    def change_at_the_next_cycle(self) -> None:
        path = f"/v1/billing/workspaces/{self.workspace}/settings"
        self._send("PATCH", path, self._member, {"plan_change": "next_cycle"})

    def arrive(self, **named: str) -> None:
        if self.webhook_sender.travel == "off":
            self.command("/reconcile", named)
        elif not self.webhook_sender.carry():
            return
        self._await_reading()
        self.verify()

    def finish(self) -> None:
        """Everything held back arrives, and what Stripe says to that."""
        self.arrive()
        while self.webhook_sender.catch_up():
            self._await_reading()
        self.verify()

    def command(self, path: str, body: Json | None = None) -> Json:
        whole = f"/v1/billing/workspaces/{self.workspace}{path}"
        return self._send("POST", whole, self._member, body)

    # --- what can be seen

    def slug(self, name: str) -> str:
        return f"{self.workspace}-{name}"

    @property
    def subscriptions(self) -> list[Record]:
        """The double's, newest first."""
        return self._driver.store.every(
            "subscription",
            lambda each: facts(each["metadata"]).get("workspace_id") == self.workspace,
        )

    @property
    def charging(self) -> list[str]:
        """What Stripe would charge again, or tries to."""
        with self._driver.double.lock:
            return [each["id"] for each in self.subscriptions if each["status"] not in ENDED]

    @property
    def invoiced(self) -> list[int]:
        """The amounts that the workspace is shown, in minor units."""
        listed = self.get(f"/v1/billing/workspaces/{self.workspace}/invoices")["data"]
        return sorted(each["amount_cents"] for each in listed)

    @property
    def billed(self) -> list[int]:
        """The amounts of Stripe's invoices."""
        payer = self.subscriptions[0]["customer"]
        with self._driver.double.lock:
            bills = self._driver.store.every(
                "invoice", lambda each: bool(each["customer"] == payer)
            )
        return sorted(each["total"] for each in bills)

    @property
    def refunds(self) -> list[int]:
        """What Stripe gave back to this workspace, in minor units."""
        store, payer = self._driver.store, self.subscriptions[0]["customer"]
        with self._driver.double.lock:
            given = store.every(
                "refund", lambda each: store.get(each["charge"])["customer"] == payer
            )
        return [each["amount"] for each in given]

    def verify(self) -> None:
        """Waits for the projection, at most; the webhooks have been read."""
        with self._driver.double.lock:
            expected = in_our_words(self._driver.store, self.subscriptions[0])
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while (shown := in_their_words(self.shown())) != expected and time.monotonic() < deadline:
            time.sleep(PAUSE)
        assert shown == expected, {
            name: (shown[name], expected[name]) for name in differing(shown, expected)
        }

    def shown(self) -> Json:
        """The read model's answer, with all that this story's commands have recorded."""
        after = {"after": self._position} if self._position else {}
        return self.get(f"/v1/projections/workspaces/{self.workspace}/subscription", **after)

    def get(self, path: str, **query: str) -> Json:
        answer = self._host.get(path, self._member, **query)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def _send(self, method: str, path: str, token: str, body: Json | None) -> Json:
        answer = self._host.command(method, path, token, uuid4().hex, body)
        assert answer.is_success, answer.text
        self._position = answer.headers.get("x-event-position", self._position)
        said: Json = answer.json()
        return said

    def _await_reading(self) -> None:
        """Every webhook that was accepted has been read without fault."""
        due = self._read_before + self.webhook_sender.accepted
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while (read := self._webhooks_read()) < due and time.monotonic() < deadline:
            time.sleep(PAUSE)
        assert read == due

    def _webhooks_read(self) -> int:
        metrics = f"{self._system.origin_of('billing')}/metrics"
        counted = READ.search(self._system.http.get(metrics).text)
        return int(float(counted[1])) if counted else 0
