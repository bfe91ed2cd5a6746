"""Decisions about a plan: what may be changed, and what is known of the gateways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import ValidationFailed
from kernel.events import DomainEvent
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.plan import events
from services.billing.domain.plan.change import PlanChange, decide_change
from services.billing.domain.plan.create import PlanDefinition, decide_create
from services.billing.domain.plan.make_default import decide_make_default, decide_no_longer_default
from services.billing.domain.plan.offers import Offer
from services.billing.domain.plan.state import PLAN, Plan
from services.billing.domain.plan.sync import decide_sync_failed, decide_synced, decide_withdrawn
from services.billing.domain.terms import Flag, Price, Terms
from tests.support.decider import AT, Given, given

MONTHLY = Price(49_00, "USD", "month")
DEARER = Price(59_00, "USD", "month")
FREE = Price(0, "USD", "month")
TERMS = Terms(monthly_conversations=2_000, features={"remove_branding": True}, family="pro")
PRO = PlanDefinition("pro-monthly", "Pro", MONTHLY, TERMS)
STARTER = PlanDefinition("starter", "Starter", FREE, Terms(monthly_conversations=50))


def created(definition: PlanDefinition = PRO) -> Given[Plan]:
    return given(PLAN, *decide_create(definition, AT))


def default() -> Given[Plan]:
    return created(replace(STARTER, slug="free", is_default=True))


def synced(
    price: Price = MONTHLY, ref: str = "price_1", archived: str | None = None
) -> DomainEvent:
    return events.PlanSynced(
        timestamp=AT,
        gateway="stripe",
        product_ref="prod_1",
        price_ref=ref,
        price_cents=price.price_cents,
        currency=price.currency,
        interval=price.interval,
        archived_price_ref=archived,
    )


def failed(reason: str = "gateway_unavailable: no answer") -> DomainEvent:
    return events.PlanSyncFailed(timestamp=AT, gateway="stripe", reason=reason)


def repriced(price: Price, previous: Price = MONTHLY) -> DomainEvent:
    return events.PlanRepriced(timestamp=AT, price=price, previous=previous)


def renamed(name: str) -> DomainEvent:
    return events.PlanRenamed(timestamp=AT, name=name)


OFFER = Offer("prod_1", "price_1", MONTHLY)
WITHDRAWN = events.PlanWithdrawn(timestamp=AT, gateway="stripe", archived_price_ref="price_1")


class TestCreatePlan:
    def test_a_created_plan_holds_what_was_asked_for(self) -> None:
        plan = created().state
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
            decide_create(replace(PRO, **changed), AT)
        assert refused.value.details["fields"][0]["field"]

    @pytest.mark.parametrize("tokens", [None, 100, 8_000])
    def test_the_bounds_of_tokens_belong_to_the_range(self, tokens: int | None) -> None:
        terms = replace(TERMS, max_tokens_per_response=tokens)
        assert created(replace(PRO, terms=terms)).state.terms == terms

    @pytest.mark.parametrize("changed", [{"price": MONTHLY}, {"is_active": False}])
    def test_a_default_plan_that_costs_or_rests_is_refused(self, changed: dict[str, Any]) -> None:
        with pytest.raises(DefaultPlanRequired):
            decide_create(replace(STARTER, is_default=True, **changed), AT)


class TestChangePlan:
    def test_a_new_name_is_recorded_once(self) -> None:
        created().when(decide_change, {"name": "Professional"}, AT).then(renamed("Professional"))
        created().when(decide_change, {"name": "Pro"}, AT).then_nothing()

    def test_a_new_price_names_the_previous_one(self) -> None:
        created().when(decide_change, {"price_cents": 59_00}, AT).then(repriced(DEARER))

    def test_the_same_price_is_nothing_new(self) -> None:
        created().when(decide_change, {"price_cents": 49_00}, AT).then_nothing()

    def test_new_limits_are_recorded_whole(self) -> None:
        features: dict[str, Flag] = {"remove_branding": False, "sso": 1}
        terms = replace(TERMS, monthly_messages=10, features=features)
        created().when(decide_change, {"monthly_messages": 10, "features": features}, AT).then(
            events.PlanLimitsChanged(timestamp=AT, terms=terms)
        )

    def test_several_changes_are_each_recorded(self) -> None:
        created().when(
            decide_change,
            {"is_active": False, "monthly_messages": 1, "price_cents": 0, "name": "Gift"},
            AT,
        ).then_kinds(
            events.PlanRenamed,
            events.PlanRepriced,
            events.PlanLimitsChanged,
            events.PlanDeactivated,
        )

    def test_activity_is_recorded_only_when_it_changes(self) -> None:
        created().when(decide_change, {"is_active": True}, AT).then_nothing()
        deactivated = events.PlanDeactivated(timestamp=AT)
        created().when(decide_change, {"is_active": False}, AT).then(deactivated)
        created().and_then(deactivated).when(decide_change, {"is_active": True}, AT).then(
            events.PlanActivated(timestamp=AT)
        )


class TestMakeDefault:
    def test_both_plans_record_the_change(self) -> None:
        created(STARTER).when(decide_make_default, "free", AT).then(
            events.PlanMadeDefault(timestamp=AT, previous="free")
        )
        former = default().and_then(*decide_no_longer_default("starter", AT))
        assert not former.state.is_default
        assert decide_no_longer_default("starter", AT) == [
            events.PlanNoLongerDefault(timestamp=AT, successor="starter")
        ]

    def test_the_default_plan_stays_the_default_without_an_event(self) -> None:
        default().when(decide_make_default, None, AT).then_nothing()

    def test_a_paid_plan_is_refused(self) -> None:
        created().when(decide_make_default, "free", AT).then_refused(DefaultPlanRequired)

    def test_an_inactive_plan_is_refused(self) -> None:
        resting = created(replace(STARTER, is_active=False))
        resting.when(decide_make_default, "free", AT).then_refused(DefaultPlanRequired)

    @pytest.mark.parametrize("change", [{"is_active": False}, {"price_cents": 49_00}])
    def test_deactivating_or_pricing_the_default_plan_is_refused(self, change: PlanChange) -> None:
        default().when(decide_change, change, AT).then_refused(DefaultPlanRequired)


class TestSync:
    def test_a_paid_plan_is_pending_until_it_is_synced(self) -> None:
        assert created().state.sync_state("stripe") == "pending"
        created().when(decide_synced, "stripe", OFFER, None, AT).then(synced())
        assert created().and_then(synced()).state.sync_state("stripe") == "synced"

    def test_a_free_plan_is_local_only(self) -> None:
        assert default().state.sync_state("stripe") == "local_only"

    def test_syncing_again_changes_nothing(self) -> None:
        created().and_then(synced()).when(decide_synced, "stripe", OFFER, None, AT).then_nothing()

    def test_a_failure_has_its_reason_and_is_recorded_once(self) -> None:
        history, reason = created().and_then(failed()), "gateway_unavailable: no answer"
        assert history.state.sync_state("stripe") == "failed"
        assert history.state.sync("stripe").reason == reason
        history.when(decide_sync_failed, "stripe", reason, AT).then_nothing()

    def test_a_failure_for_another_reason_is_news(self) -> None:
        reason = "gateway_rejected: too cheap"
        created().and_then(failed()).when(decide_sync_failed, "stripe", reason, AT).then(
            failed(reason)
        )

    @pytest.mark.parametrize("change", [repriced(DEARER), renamed("Professional")])
    def test_a_new_price_or_name_is_pending_until_synced(self, change: DomainEvent) -> None:
        plan = created().and_then(synced(), change).state
        assert plan.sync_state("stripe") == "pending"
        assert plan.sync_state("paypal") == "pending"

    def test_limits_concern_no_gateway(self) -> None:
        terms = replace(TERMS, monthly_messages=5)
        changed = events.PlanLimitsChanged(timestamp=AT, terms=terms)
        assert created().and_then(synced(), changed).state.sync_state("stripe") == "synced"

    def test_going_back_to_the_old_price_is_not_taken_for_synced(self) -> None:
        """An attempt in between may have changed the gateway before its answer was lost."""
        back = repriced(MONTHLY, DEARER)
        plan = created().and_then(synced(), repriced(DEARER), failed(), back).state
        assert plan.sync_state("stripe") == "pending"

    def test_every_price_it_ever_had_stays_known(self) -> None:
        again = synced(DEARER, "price_2", "price_1")
        plan = created().and_then(synced(), repriced(DEARER), again).state
        assert {ref: offer.price for ref, offer in plan.offers.ever("stripe").items()} == {
            "price_1": MONTHLY,
            "price_2": DEARER,
        }

    def test_each_change_of_name_or_price_is_another_revision(self) -> None:
        history = created()
        revisions = [history.state.revision]
        for change in (repriced(DEARER), repriced(MONTHLY, DEARER)):
            history = history.and_then(change)
            revisions.append(history.state.revision)
        terms = events.PlanLimitsChanged(timestamp=AT, terms=replace(TERMS, monthly_messages=1))
        later = history.and_then(failed("no"), terms)
        assert later.state.revision == revisions[-1]
        assert revisions == [1, 2, 3]
        assert later.state.version == later.stream.version == 5


class TestWithdraw:
    def test_a_plan_that_becomes_free_is_pending_until_it_is_withdrawn(self) -> None:
        history = created().and_then(synced(), repriced(FREE))
        assert history.state.sync_state("stripe") == "pending"
        history.when(decide_withdrawn, "stripe", "price_1", AT).then(WITHDRAWN)
        withdrawn = history.and_then(WITHDRAWN).state
        assert withdrawn.sync_state("stripe") == "local_only"
        assert list(withdrawn.offers.ever("stripe")) == ["price_1"]

    def test_withdrawing_again_changes_nothing(self) -> None:
        withdrawn = created().and_then(synced(), repriced(FREE), WITHDRAWN)
        withdrawn.when(decide_withdrawn, "stripe", None, AT).then_nothing()

    def test_a_new_name_of_a_free_plan_leaves_it_local_only(self) -> None:
        plan = created().and_then(synced(), repriced(FREE), WITHDRAWN, renamed("Gift")).state
        assert plan.sync_state("stripe") == "local_only"

    def test_a_price_again_is_pending_again(self) -> None:
        again = repriced(DEARER, FREE)
        plan = created().and_then(synced(), repriced(FREE), WITHDRAWN, again).state
        assert plan.sync_state("stripe") == "pending"
        assert plan.sync("stripe").offer is None
