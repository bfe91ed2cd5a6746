"""Notifications of gateways as a read model: what came, and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts import billing as contract
from projections.webhook_inbox.http import router
from projections.webhook_inbox.projector import READ_MODEL
from tests.support.answers import code
from tests.support.audit_history import START
from tests.support.billing_service import ROOT, BillingService
from tests.support.read_models import OWNER, SUPPORT, ReadModels, read_models
from tests.support.tokens import bearer

PATH = "webhooks"
FAILS_FOR_GOOD = 1_000


@pytest.fixture
def model(read_url: str) -> Iterator[ReadModels]:
    with read_models(read_url, [READ_MODEL], router) as opened:
        yield opened


def received(name: str, gateway: str = "stripe", **refs: str) -> contract.WebhookReceived:
    facts = dict.fromkeys(contract.WebhookReceived.model_fields, "")
    known = {"gateway": gateway, "webhook_id": name, "webhook_type": "invoice.paid"}
    return contract.WebhookReceived(**{**facts, **known, **refs})


def became(
    kind: type[contract.WebhookEvent], name: str, gateway: str = "stripe", **facts: Any
) -> contract.WebhookEvent:
    return kind(workspace_id="", gateway=gateway, webhook_id=name, **facts)


def states(model: ReadModels, **query: Any) -> dict[str, str]:
    return {row["webhook_id"]: row["state"] for row in model.pages(PATH, 2, **query)}


class TestBillingsWebhooks:
    """Real ones, through billing's inbox."""

    def shown(self, billing: BillingService, model: ReadModels) -> dict[str, Any]:
        events = billing.published()
        model.clear()
        model.apply(events)
        live = model.rows()
        model.apply(events, batch=3)
        assert model.rows() == live
        shown: dict[str, Any] = model.get(PATH)
        return shown

    def webhook(self, billing: BillingService) -> str:
        """Of a paid page, received and not yet read."""
        billing.pay(billing.checkout())
        delivery = billing.driver.deliveries()[-1]
        assert billing.receive(delivery).status_code == 200
        return str(json.loads(delivery[0])["id"])

    def test_one_that_is_read_without_trouble_was_received(
        self, billing: BillingService, model: ReadModels
    ) -> None:
        name = self.webhook(billing)
        billing.read_inbox()
        [row] = self.shown(billing, model)["data"]
        assert (row["webhook_id"], row["state"], row["reason"]) == (name, "received", None)
        assert row["changed_by"] == "gateway:sandbox"

    def test_one_that_can_not_be_read_is_parked_and_read_again_on_request(
        self, billing: BillingService, model: ReadModels
    ) -> None:
        name = self.webhook(billing)
        billing.driver.break_next("server_error", calls=FAILS_FOR_GOOD)
        billing.read_inbox()
        shown = self.shown(billing, model)
        [row] = shown["data"]
        assert (row["state"], row["reason"], row["attempts"]) == (
            "parked",
            "gateway_unavailable",
            3,
        )
        assert shown["totals"] == [{"gateway": "sandbox", "state": "parked", "webhooks": 1}]

        url = f"/v1/billing/webhooks/sandbox/{name}/retry"
        answer = billing.client.post(url, headers=ROOT)
        assert answer.headers["x-event-position"] == f"billing:{billing.store.head()}"
        assert code(billing.client.post(url, headers=ROOT)) == (409, "webhook_not_parked")
        [row] = self.shown(billing, model)["data"]
        assert (row["state"], row["changed_by"]) == ("retry", "user:root")

        billing.driver.break_next("server_error", calls=0)
        billing.read_inbox()
        shown = self.shown(billing, model)
        assert (shown["data"][0]["state"], shown["totals"]) == ("processed", [])
        assert billing.shown()["plan"] == "pro"

    def test_however_often_it_fails_it_is_put_off_and_parked_once(
        self, billing: BillingService
    ) -> None:
        name = self.webhook(billing)
        billing.driver.break_next("server_error", calls=FAILS_FOR_GOOD)
        billing.read_inbox()
        told = [type(each).__name__ for each in billing.store.stream(f"webhook:sandbox:{name}")]
        assert told == ["WebhookReceived", "WebhookPutOff", "WebhookParked"]

    def test_one_that_nobody_understands_is_shown_parked(
        self, billing: BillingService, model: ReadModels
    ) -> None:
        billing.pay(billing.checkout())
        raw, headers = billing.driver.deliveries()[-1]
        odd = billing.driver.resign((raw.replace(b':"evt', b':"\\u0000'), headers))
        assert odd is not None
        billing.receive(odd)
        billing.read_inbox()
        [row] = self.shown(billing, model)["data"]
        assert (row["state"], row["reason"]) == ("parked", "unreadable")


class TestLists:
    @pytest.fixture
    def several(self, model: ReadModels) -> ReadModels:
        model.tell(received("evt_1", workspace_id="acme"), received("evt_2", charge_ref="ch_9"))
        model.tell(received("evt_1", "paypal"), received("evt_3"))
        model.tell(became(contract.WebhookPutOff, "evt_2", reason="timeout"))
        model.tell(became(contract.WebhookParked, "evt_3", reason="x", attempts=12))
        return model

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (
                {},
                [
                    ("stripe", "evt_3"),
                    ("paypal", "evt_1"),
                    ("stripe", "evt_2"),
                    ("stripe", "evt_1"),
                ],
            ),
            ({"state": "retry"}, [("stripe", "evt_2")]),
            ({"state": "parked", "gateway": "stripe"}, [("stripe", "evt_3")]),
            ({"gateway": "paypal"}, [("paypal", "evt_1")]),
            ({"workspace": "acme"}, [("stripe", "evt_1")]),
            ({"q": "CH_9"}, [("stripe", "evt_2")]),
        ],
    )
    def test_are_filtered_searched_and_paged(
        self, several: ReadModels, query: dict[str, Any], found: list[tuple[str, str]]
    ) -> None:
        for limit in (1, 3, 50):
            rows = several.pages(PATH, limit, **query)
            assert [(row["gateway"], row["webhook_id"]) for row in rows] == found

    def test_totals_are_of_all_that_is_not_dealt_with(self, several: ReadModels) -> None:
        assert several.get(PATH, gateway="paypal")["totals"] == [
            {"gateway": "stripe", "state": "parked", "webhooks": 1},
            {"gateway": "stripe", "state": "retry", "webhooks": 1},
        ]
        assert several.csv(PATH, state="parked").count("\n") == 2

    def test_are_for_the_platform(self, model: ReadModels) -> None:
        for headers in (OWNER, bearer("auditor"), bearer("service")):
            assert model.status(PATH, headers) == 403
        assert model.status(PATH, SUPPORT, state="lost") == 422


class TestRebuild:
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_any_batches_and_repetitions_give_the_same_rows(
        self, model: ReadModels, batch: int
    ) -> None:
        model.tell(received("evt_1"), received("evt_2"), at=START)
        for kind, facts in (
            (contract.WebhookPutOff, {"reason": "timeout"}),
            (contract.WebhookParked, {"reason": "x", "attempts": 12}),
            (contract.WebhookRetried, {}),
            (contract.WebhookProcessed, {}),
        ):
            model.tell(became(kind, "evt_1", **facts))
        live = model.rows()
        assert states(model) == {"evt_1": "processed", "evt_2": "received"}
        assert model.rebuilt(batch) == live
        assert model.rebuilt(batch, doubled=True) == live
