"""Add-ons through the public API and the sandbox's hosted pages, with real webhooks and mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.demo.host import Host, eventually
from gateways.sandbox.simulation.cards import DECLINED_LATER, GOOD, SECURE
from tests.e2e.conftest import Start
from tests.support.mail_server import MailServer, mail_server

ADDON = "professional-ai-setup"
BACK = "https://app.example/billing"
TEAM = "delivery@platform.example"


@dataclass
class Shop:
    host: Host
    server: MailServer

    @property
    def admin(self) -> str:
        return self.host.token(roles=["super_admin"])

    def send(self, path: str, token: str, body: Any, key: str) -> Any:
        return self.host.command("POST", path, token, key, body)

    def subscribe(self, workspace: str, card: str) -> None:
        """So that the workspace has a saved card."""
        owner = self.pay_plan(workspace, card)
        shown = f"/v1/projections/workspaces/{workspace}/subscription"
        eventually(
            lambda: self.host.get(shown, owner).json(),
            lambda subscription: subscription.get("status") == "active",
            f"{workspace} subscribed",
        )

    def pay_plan(self, workspace: str, card: str) -> str:
        """The owner's token. Nobody has heard of the payment yet."""
        body = {
            "plan": "pro-monthly",
            "gateway": "sandbox",
            "success_url": BACK,
            "cancel_url": BACK,
        }
        owner = self.host.member_token(workspace)
        path = f"/v1/billing/workspaces/{workspace}"
        page = self.send(f"{path}/checkout", owner, body, f"checkout {workspace}").json()["url"]
        answer = self.host.send("POST", page, data={"card": card})
        if card == SECURE:
            self.host.press(answer.headers["location"], "Confirm payment")
        return owner

    def buy(self, workspace: str, query: str = "") -> Any:
        return self.send(
            f"/v1/addons/workspaces/{workspace}/purchases{query}",
            self.host.member_token(workspace),
            {"addon": ADDON},
            f"buy {workspace}",
        )

    def await_status(self, workspace: str, status: str) -> Any:
        path = f"/v1/projections/workspaces/{workspace}/purchases"
        owner = self.host.member_token(workspace)
        return eventually(
            lambda: self.host.get(path, owner).json()["data"],
            lambda purchases: [each["status"] for each in purchases] == [status],
            f"the purchase of {workspace} {status}",
        )[0]


@pytest.fixture(scope="module")
def shop(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with (
        mail_server() as server,
        start(
            tmp_path_factory.mktemp("shop"),
            BILLING_SMTP_URL=server.url,
            BILLING_TEAM_NOTIFY_EMAIL=TEAM,
        ) as running,
    ):
        opened = Shop(running.host(), server)
        answer = opened.host.command(
            "PATCH", f"/v1/addons/catalog/{ADDON}", opened.admin, "open", {"is_active": True}
        )
        assert answer.status_code == 200, answer.text
        yield opened


class TestBuyInTheSandbox:
    def test_on_a_good_card_it_is_paid_told_and_delivered(self, shop: Shop) -> None:
        shop.subscribe("good", GOOD)
        bought = shop.buy("good")
        assert bought.status_code == 201, bought.text
        purchase_id = bought.json()["purchase_id"]
        eventually(
            lambda: [str(mail["Message-ID"]) for mail in shop.server.inbox.mails],
            lambda told: any(purchase_id in message_id for message_id in told),
            "the delivery team's mail",
        )
        path = f"/v1/addons/purchases/{purchase_id}/deliver"
        assert shop.send(path, shop.admin, None, "deliver good").status_code == 200
        assert shop.await_status("good", "delivered")["color"] == "green"

    def test_who_comes_back_from_a_checkout_has_a_card_at_once(self, shop: Shop) -> None:
        owner = shop.pay_plan("back", GOOD)
        back = shop.send("/v1/billing/workspaces/back/reconcile", owner, {}, "reconcile back")
        assert back.json()["status"] == "active"
        bought = shop.buy("back", f"?after={back.headers['x-event-position']}")
        assert bought.status_code == 201, bought.text

    def test_with_3d_secure_the_holder_confirms_on_the_banks_page(self, shop: Shop) -> None:
        shop.subscribe("secure", SECURE)
        bought = shop.buy("secure")
        assert bought.status_code == 202, bought.text
        shop.host.press(bought.json()["confirmation_url"], "Confirm payment")
        assert shop.await_status("secure", "paid")["confirmation_url"] is None

    def test_a_declined_card_is_told(self, shop: Shop) -> None:
        shop.subscribe("declined", DECLINED_LATER)
        bought = shop.buy("declined")
        assert bought.status_code == 402
        assert bought.json()["error"]["code"] == "card_declined"
        assert shop.await_status("declined", "failed")["decline_code"] == "card_declined"

    def test_without_a_card_a_hosted_page_is_paid(self, shop: Shop) -> None:
        bought = shop.buy("cardless")
        assert bought.status_code == 202, bought.text
        shop.host.send("POST", bought.json()["confirmation_url"], data={"card": GOOD})
        shop.await_status("cardless", "paid")

    def test_every_paid_one_is_told_once(self, shop: Shop) -> None:
        def paged() -> int:
            orders = shop.host.get("/v1/projections/orders", shop.admin).json()["data"]
            return sum(order["paged_at"] is not None for order in orders)

        eventually(paged, lambda count: count == 4, "four pages")
        mails = [str(mail["Message-ID"]) for mail in shop.server.inbox.mails]
        told = [mail for mail in mails if mail.startswith("<pur_")]
        assert len(told) == len(set(told)) == 4
