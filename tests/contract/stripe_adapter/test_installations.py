"""An account that is shared: with another installation, and with strangers."""

from __future__ import annotations

from gateways.port import Gateway
from gateways.stripe import StripeClient, build
from tests.support.gateway_steps import checkout_request, subscribed, synced
from tests.support.stripe_double import API_KEY
from tests.support.stripe_driver import SECRET, StripeDriver


def installation(driver: StripeDriver, name: str) -> Gateway:
    client = StripeClient(
        API_KEY,
        clock=driver.store.now,
        api_base=driver.double.api_base,
        network_retries=0,
        installation=name,
    )
    return build(client, [SECRET])


def index(driver: StripeDriver) -> None:
    """Search has seen everything."""
    driver.store.reach(driver.store.timestamp() + 2 * 86_400)


class TestStrangers:
    def test_a_customer_of_theirs_is_not_taken_by_its_workspace(self, opened: StripeDriver) -> None:
        theirs = opened.store.add("customer", metadata={"workspace_id": "acme"})
        index(opened)
        made = subscribed(opened)
        assert made.customer != theirs["id"]

    def test_one_that_we_made_without_the_prefix_is(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        customer = opened.store.get(str(made.customer))
        customer["metadata"] = {"workspace_id": "acme"}
        for session in opened.store.every("checkout.session"):
            session["metadata"] = {"workspace_id": "acme", "command_id": "chk_1"}
        index(opened)
        request = checkout_request(synced(opened).price, command="chk_2")
        checkout = opened.gateway.checkouts.start(request)
        assert opened.store.get(checkout.ref)["customer"] == made.customer

    def test_facts_without_the_prefix_are_read(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        opened.store.get(made.ref)["metadata"] = {"workspace_id": "acme", "command_id": "chk_1"}
        shown = opened.gateway.subscriptions.fetch(made.ref)
        assert (shown.workspace_id, shown.command_id) == ("acme", "chk_1")


class TestOtherInstallations:
    def test_what_they_made_is_nobodys_here(self, opened: StripeDriver) -> None:
        opened.gateway = installation(opened, "west")
        made = subscribed(opened)
        shown = installation(opened, "east").subscriptions.fetch(made.ref)
        assert (made.workspace_id, shown.workspace_id, shown.command_id) == ("acme", "", "")

    def test_nor_are_their_webhooks(self, opened: StripeDriver) -> None:
        opened.gateway = installation(opened, "west")
        subscribed(opened)
        east, west = installation(opened, "east"), installation(opened, "west")
        named = set()
        for delivery in opened.deliveries():
            assert east.webhooks.verify(*delivery).workspace_id == ""
            named.add(west.webhooks.verify(*delivery).workspace_id)
        assert "acme" in named

    def test_each_has_a_customer_of_its_own(self, opened: StripeDriver) -> None:
        opened.gateway = installation(opened, "west")
        west = subscribed(opened)
        index(opened)
        opened.gateway = installation(opened, "east")
        east = subscribed(opened, command="chk_2")
        assert west.customer != east.customer

    def test_an_id_that_is_given_later_keeps_what_was_made_without(
        self, opened: StripeDriver
    ) -> None:
        made = subscribed(opened)
        shown = installation(opened, "west").subscriptions.fetch(made.ref)
        assert shown.workspace_id == "acme"

    def test_keys_are_prefixed(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        keys = opened.store.get(made.ref)["metadata"]
        assert all(key.startswith("billing_") for key in keys)
