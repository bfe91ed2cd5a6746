"""The plan aggregate: what may be changed, and what is known of the gateways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import ValidationFailed
from services.billing.domain import events
from services.billing.domain.draft import PlanDraft
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.offers import Offer
from services.billing.domain.plan import Plan
from services.billing.domain.terms import Price, Terms
from tests.support.aggregates import AT, Fact, fact, given

MONTHLY = Price(49_00, "USD", "month")
DEARER = Price(59_00, "USD", "month")
FREE = Price(0, "USD", "month")
TERMS = Terms(monthly_conversations=2_000, features={"remove_branding": True}, family="pro")
PRO = PlanDraft("pro-monthly", "Pro", MONTHLY, TERMS)
STARTER = PlanDraft("starter", "Starter", FREE, Terms(monthly_conversations=50))


def pro() -> Plan:
    return Plan.create(PRO, AT)


def default() -> Plan:
    return Plan.create(replace(STARTER, slug="free", is_default=True), AT)


def synced(price: Price = MONTHLY, ref: str = "price_1", archived: str | None = None) -> Fact:
    return fact(
        events.PlanSynced,
        gateway="stripe",
        product_ref="prod_1",
        price_ref=ref,
        price_cents=price.price_cents,
        currency=price.currency,
        interval=price.interval,
        archived_price_ref=archived,
    )


def failed(reason: str = "gateway_unavailable: no answer") -> Fact:
    return fact(events.PlanSyncFailed, gateway="stripe", reason=reason)


def repriced(price: Price, previous: Price = MONTHLY) -> Fact:
    return fact(events.PlanRepriced, price=price, previous=previous)


OFFER = Offer("prod_1", "price_1", MONTHLY)


class TestCreatePlan:
    def test_a_created_plan_holds_what_was_asked_for(self) -> None:
        plan = pro()
        assert (plan.slug, plan.name, plan.price, plan.terms) == (
            "pro-monthly",
            "Pro",
            MONTHLY,
            TERMS,
        )
        assert plan.is_active
        assert not plan.is_default

    @pytest.mark.parametrize(
        "changed",
        [
            {"slug": "Pro Monthly"},
            {"slug": ""},
            {"slug": "-pro"},
            {"name": "  "},
            {"price": Price(-1, "USD", "month")},
            {"price": Price(100, "usd", "month")},
            {"price": Price(100, "ZZZ", "month")},
            {"price": Price(100, "XAU", "month")},
            {"price": Price(100, "USD", "week")},  # type: ignore[arg-type]
            {"terms": Terms(monthly_conversations=-1)},
            {"terms": Terms(monthly_conversations=1, monthly_messages=-1)},
            {"terms": Terms(monthly_conversations=1, max_tokens_per_response=99)},
            {"terms": Terms(monthly_conversations=1, max_tokens_per_response=8_001)},
            {"terms": Terms(monthly_conversations=1, features={"remove_branding": "yes"})},
            {"terms": Terms(monthly_conversations=1, limits={"agents": -1})},
            {"terms": Terms(monthly_conversations=1, limits={"conversations": 1})},
            {"terms": Terms(monthly_conversations=1, limits={"messages": None})},
            {"terms": Terms(monthly_conversations=1, family="Pro plans")},
        ],
    )
    def test_a_field_out_of_bounds_is_refused_by_name(self, changed: dict[str, Any]) -> None:
        with pytest.raises(ValidationFailed) as refused:
            Plan.create(replace(PRO, **changed), AT)
        assert refused.value.details["fields"][0]["field"]

    @pytest.mark.parametrize("tokens", [None, 100, 8_000])
    def test_the_bounds_of_tokens_belong_to_the_range(self, tokens: int | None) -> None:
        terms = replace(TERMS, max_tokens_per_response=tokens)
        assert Plan.create(replace(PRO, terms=terms), AT).terms == terms

    @pytest.mark.parametrize("changed", [{"price": MONTHLY}, {"is_active": False}])
    def test_a_default_plan_that_costs_or_rests_is_refused(self, changed: dict[str, Any]) -> None:
        with pytest.raises(DefaultPlanRequired):
            Plan.create(replace(STARTER, is_default=True, **changed), AT)


class TestChangePlan:
    def test_a_new_name_is_recorded_once(self) -> None:
        given(pro()).when(lambda plan: plan.rename("Professional", AT)).then(
            fact(events.PlanRenamed, name="Professional")
        )
        given(pro()).when(lambda plan: plan.rename("Pro", AT)).then_nothing()

    def test_a_new_price_names_the_previous_one(self) -> None:
        given(pro()).when(lambda plan: plan.reprice(DEARER, AT)).then(repriced(DEARER))

    def test_the_same_price_is_nothing_new(self) -> None:
        given(pro()).when(lambda plan: plan.reprice(MONTHLY, AT)).then_nothing()

    def test_new_limits_are_recorded_whole(self) -> None:
        terms = replace(TERMS, monthly_messages=10, features={"remove_branding": False, "sso": 1})
        given(pro()).when(lambda plan: plan.change_terms(terms, AT)).then(
            fact(events.PlanLimitsChanged, terms=terms)
        )

    def test_activity_is_recorded_only_when_it_changes(self) -> None:
        given(pro()).when(lambda plan: plan.activate(AT)).then_nothing()
        given(pro()).when(lambda plan: plan.deactivate(AT)).then(fact(events.PlanDeactivated))
        resting = given(pro()).and_then(fact(events.PlanDeactivated))
        resting.when(lambda plan: plan.activate(AT)).then(fact(events.PlanActivated))


class TestMakeDefault:
    def test_both_plans_record_the_change(self) -> None:
        former = default()
        former.collect_events()
        given(Plan.create(STARTER, AT)).when(lambda plan: plan.make_default(former, AT)).then(
            fact(events.PlanMadeDefault, previous="free")
        )
        assert not former.is_default
        assert [type(event) for event in former.collect_events()] == [events.PlanNoLongerDefault]

    def test_the_default_plan_stays_the_default_without_an_event(self) -> None:
        given(default()).when(lambda plan: plan.make_default(None, AT)).then_nothing()

    def test_a_paid_plan_is_refused(self) -> None:
        given(pro()).when(lambda plan: plan.make_default(default(), AT)).then_refused(
            DefaultPlanRequired
        )

    def test_an_inactive_plan_is_refused(self) -> None:
        given(Plan.create(replace(STARTER, is_active=False), AT)).when(
            lambda plan: plan.make_default(default(), AT)
        ).then_refused(DefaultPlanRequired)

    def test_deactivating_the_default_plan_is_refused(self) -> None:
        given(default()).when(lambda plan: plan.deactivate(AT)).then_refused(DefaultPlanRequired)

    def test_pricing_the_default_plan_is_refused(self) -> None:
        given(default()).when(lambda plan: plan.reprice(MONTHLY, AT)).then_refused(
            DefaultPlanRequired
        )


class TestSync:
    def test_a_paid_plan_is_pending_until_it_is_synced(self) -> None:
        plan = pro()
        assert plan.sync_state("stripe") == "pending"
        plan.record_synced("stripe", OFFER, None, AT)
        assert plan.sync_state("stripe") == "synced"

    def test_a_free_plan_is_local_only(self) -> None:
        assert default().sync_state("stripe") == "local_only"

    def test_syncing_again_changes_nothing(self) -> None:
        given(pro()).and_then(synced()).when(
            lambda plan: plan.record_synced("stripe", OFFER, None, AT)
        ).then_nothing()

    def test_a_failure_has_its_reason_and_is_recorded_once(self) -> None:
        history = given(pro()).and_then(failed())
        assert history.aggregate.sync_state("stripe") == "failed"
        assert history.aggregate.sync("stripe").reason == "gateway_unavailable: no answer"
        history.when(
            lambda plan: plan.record_sync_failed("stripe", "gateway_unavailable: no answer", AT)
        ).then_nothing()

    def test_a_failure_for_another_reason_is_news(self) -> None:
        given(pro()).and_then(failed()).when(
            lambda plan: plan.record_sync_failed("stripe", "gateway_rejected: too cheap", AT)
        ).then(failed("gateway_rejected: too cheap"))

    @pytest.mark.parametrize(
        "change", [repriced(DEARER), fact(events.PlanRenamed, name="Professional")]
    )
    def test_a_new_price_or_name_is_pending_until_synced(self, change: Fact) -> None:
        plan = given(pro()).and_then(synced(), change).aggregate
        assert plan.sync_state("stripe") == "pending"
        assert plan.sync_state("paypal") == "pending"

    def test_limits_concern_no_gateway(self) -> None:
        changed = fact(events.PlanLimitsChanged, terms=replace(TERMS, monthly_messages=5))
        plan = given(pro()).and_then(synced(), changed).aggregate
        assert plan.sync_state("stripe") == "synced"

    def test_going_back_to_the_old_price_is_not_taken_for_synced(self) -> None:
        """An attempt in between may have changed the gateway before its answer was lost."""
        back = repriced(MONTHLY, DEARER)
        plan = given(pro()).and_then(synced(), repriced(DEARER), failed(), back).aggregate
        assert plan.sync_state("stripe") == "pending"

    def test_every_price_it_ever_had_stays_known(self) -> None:
        plan = (
            given(pro())
            .and_then(synced(), repriced(DEARER), synced(DEARER, "price_2", "price_1"))
            .aggregate
        )
        assert {ref: offer.price for ref, offer in plan.offers.ever("stripe").items()} == {
            "price_1": MONTHLY,
            "price_2": DEARER,
        }

    def test_each_change_of_name_or_price_is_another_revision(self) -> None:
        plan = pro()
        revisions = [plan.revision]
        plan.reprice(DEARER, AT)
        revisions.append(plan.revision)
        plan.reprice(MONTHLY, AT)
        revisions.append(plan.revision)
        plan.record_sync_failed("stripe", "no", AT)
        plan.change_terms(replace(TERMS, monthly_messages=1), AT)
        assert plan.revision == revisions[-1]
        assert len(set(revisions)) == 3


class TestWithdraw:
    def test_a_plan_that_becomes_free_is_pending_until_it_is_withdrawn(self) -> None:
        history = given(pro()).and_then(synced(), repriced(FREE))
        assert history.aggregate.sync_state("stripe") == "pending"
        history.when(lambda plan: plan.record_withdrawn("stripe", "price_1", AT)).then(
            fact(events.PlanWithdrawn, gateway="stripe", archived_price_ref="price_1")
        )
        assert history.aggregate.sync_state("stripe") == "local_only"
        assert list(history.aggregate.offers.ever("stripe")) == ["price_1"]

    def test_withdrawing_again_changes_nothing(self) -> None:
        withdrawn = fact(events.PlanWithdrawn, gateway="stripe", archived_price_ref="price_1")
        given(pro()).and_then(synced(), repriced(FREE), withdrawn).when(
            lambda plan: plan.record_withdrawn("stripe", None, AT)
        ).then_nothing()

    def test_a_new_name_of_a_free_plan_leaves_it_local_only(self) -> None:
        withdrawn = fact(events.PlanWithdrawn, gateway="stripe", archived_price_ref="price_1")
        renamed = fact(events.PlanRenamed, name="Gift")
        plan = given(pro()).and_then(synced(), repriced(FREE), withdrawn, renamed).aggregate
        assert plan.sync_state("stripe") == "local_only"

    def test_a_price_again_is_pending_again(self) -> None:
        withdrawn = fact(events.PlanWithdrawn, gateway="stripe", archived_price_ref="price_1")
        again = repriced(DEARER, FREE)
        plan = given(pro()).and_then(synced(), repriced(FREE), withdrawn, again).aggregate
        assert plan.sync_state("stripe") == "pending"
        assert plan.sync("stripe").offer is None
