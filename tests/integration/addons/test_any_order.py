"""Whatever happens to purchases, in any order and at once: nobody is charged twice, no state is
shown that history and the gateway don't prove, the team is notified once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from contracts.addons import AddonPaid
from tests.support.addon_environment import AddonEnvironment
from tests.support.addon_money import AddonMoney
from tests.support.addon_money_paypal import PayPalMoney
from tests.support.addon_money_sandbox import SandboxMoney
from tests.support.addon_scenario import COMMANDS, MOVES, AddonScenario, proved_status
from tests.support.dying_process import CrashPoint
from tests.support.gateway_driver import Fault
from tests.support.mail_server import Fault as MailFault
from tests.support.mail_server import MailServer, mail_server
from tests.support.paypal_driver import driver as paypal_driver
from tests.support.rounds import rounds
from tests.support.sandbox_driver import SandboxDriver, stripe_profile

CALLS = [
    "payments.charge",
    "payments.capture",
    "payments.fetch",
    "payments.find",
    "payments.refund",
    "checkouts.start_payment",
    "append",
    "deliver",
]
Opened = Callable[[], AbstractContextManager[AddonMoney]]
FAULTS: list[Fault] = ["timeout_after_effect", "timeout_before_effect", "server_error"]
MAIL_FAULTS: list[MailFault] = ["refuse_recipient", "refuse_content", "accept_then_hang_up"]
CARDS = ["a good card", "a good card", "a card with a question", "a bad card"]
# Mostly the newest purchase; now and then an older one.
WHICH = st.sampled_from([0, 0, 0, 1, 2])
COMMAND = st.sampled_from(["buy", "notify", *COMMANDS])
MOVE = st.sampled_from(list(MOVES))


class AnyOrder(RuleBasedStateMachine):
    site: AddonEnvironment
    server: MailServer
    opened: Opened
    scenario: AddonScenario

    @initialize(card=st.sampled_from([*CARDS, None]), call=st.sampled_from([*CALLS, None]))
    def begin(self, card: str | None, call: str | None) -> None:
        self.money = ExitStack()
        money = self.money.enter_context(type(self).opened())
        self.scenario = AddonScenario(self.site, self.server, money)
        if card:
            MOVES[card](self.scenario)
        if call:
            self.scenario.die_around(call, "after")
        self.scenario.attempt("buy", 0)

    @rule(commands=st.lists(COMMAND, min_size=1, max_size=4), which=WHICH)
    def people_act(self, commands: list[str], which: int) -> None:
        for command in commands:
            self.scenario.attempt(command, which)

    @rule(commands=st.lists(COMMAND, min_size=2, max_size=4), which=WHICH)
    def people_act_at_once(self, commands: list[str], which: int) -> None:
        with ThreadPoolExecutor(len(commands)) as pool:
            list(pool.map(lambda command: self.scenario.attempt(command, which), commands))

    @rule(moves=st.lists(MOVE, min_size=1, max_size=4))
    def the_world_moves(self, moves: list[str]) -> None:
        for move in moves:
            MOVES[move](self.scenario)

    @rule(fault=st.sampled_from(FAULTS), calls=st.integers(1, 3))
    def the_gateway_fails(self, fault: Fault, calls: int) -> None:
        self.scenario.driver.break_next(fault, calls)

    @rule(fault=st.sampled_from(MAIL_FAULTS))
    def the_mail_server_fails(self, fault: MailFault) -> None:
        self.server.inbox.faults.append(fault)

    @rule(call=st.sampled_from(CALLS), point=st.sampled_from(["before", "after"]))
    def the_process_will_die(self, call: str, point: CrashPoint) -> None:
        self.scenario.die_around(call, point)

    @invariant()
    def nobody_is_charged_twice(self) -> None:
        purchases = {purchase.purchase_id: purchase for purchase in self.scenario.purchases()}
        assert set(self.scenario.money.held()) <= set(purchases)
        assert sum(purchase.blocks for purchase in purchases.values()) <= 1

    @invariant()
    def every_state_is_proved_by_the_gateway(self) -> None:
        gateway = self.scenario.money.held()
        for purchase in self.scenario.purchases():
            held = gateway.get(purchase.purchase_id)
            if purchase.captured:
                assert held is not None
                assert (held.succeeded, held.amount) == (True, 49_900)
                assert purchase.refunded_cents <= held.refunded + held.sent_back
            else:
                assert purchase.status in ("pending", "failed", "cancelled")

    @invariant()
    def every_state_is_proved_by_history(self) -> None:
        known: dict[str, str] = {}
        for event in self.scenario.events():
            purchase = event.purchase
            before = known.get(purchase.purchase_id)
            assert purchase.status == proved_status(event, before), (before, event)
            known[purchase.purchase_id] = purchase.status

    @invariant()
    def the_team_is_notified_once(self) -> None:
        mails = Counter(str(mail["Message-ID"]) for mail in self.server.inbox.mails)
        assert set(mails.values()) <= {1}
        paid = {
            event.purchase.purchase_id
            for event in self.scenario.events()
            if isinstance(event, AddonPaid)
        }
        assert {message_id[1:].split(".")[0] for message_id in mails} <= paid

    def teardown(self) -> None:
        if hasattr(self, "scenario"):
            with self.money, self.scenario:
                self.scenario.end_well()
                self.everything_is_settled()
                self.read_models_show_it()

    def everything_is_settled(self) -> None:
        """The gateway keeps the money of what is paid or delivered, and no other but what a bank
        would not take back."""
        gateway = self.scenario.money.held()
        refused = self.scenario.refused_refunds()
        for purchase in self.scenario.purchases():
            held = gateway.get(purchase.purchase_id)
            assert purchase.captured == (held is not None and held.succeeded)
            if held is not None and held.succeeded:
                assert (purchase.refunded_cents, list(purchase.refunds)) == (held.refunded, [])
                assert held.dispute == (purchase.dispute.status if purchase.dispute else None)
                keeps = held.refunded < held.amount
                assert keeps == (purchase.status in ("paid", "delivered")) or (
                    purchase.purchase_id in refused or purchase.is_disputed
                )
        self.the_team_is_notified_once()

    def read_models_show_it(self) -> None:
        purchases, addons = self.scenario.purchases(), self.scenario.addons
        shown = addons.show("workspaces/acme/purchases")["data"]
        listed = {each["purchase_id"]: (each["status"], each["refunded_cents"]) for each in shown}
        assert listed == {p.purchase_id: (p.shown_status, p.refunded_cents) for p in purchases}
        [offered] = addons.show("workspaces/acme/addons")["data"]
        assert offered["can_buy"] == (not any(purchase.blocks for purchase in purchases))


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as started:
        yield started


@contextmanager
def sandbox() -> Iterator[AddonMoney]:
    with stripe_profile() as driver:
        yield SandboxMoney(cast(SandboxDriver, driver))


@contextmanager
def paypal() -> Iterator[AddonMoney]:
    with paypal_driver() as driver:
        yield PayPalMoney(driver)


def play(site: AddonEnvironment, server: MailServer, opened: Opened, size: tuple[int, int]) -> None:
    """`size`: so many examples of so many steps at most."""
    has = {"site": site, "server": server, "opened": staticmethod(opened)}
    run(
        type("AnyOrderHere", (AnyOrder,), has),
        settings=settings(
            max_examples=size[0],
            stateful_step_count=size[1],
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


class TestAnyOrder:
    def test_holds_for_short_scenarios(self, site: AddonEnvironment, server: MailServer) -> None:
        play(site, server, sandbox, (10, 10))

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    @pytest.mark.parametrize(("opened", "examples"), [(sandbox, 150), (paypal, 60)])
    def test_holds_for_long_scenarios(
        self, site: AddonEnvironment, server: MailServer, opened: Opened, examples: int
    ) -> None:
        play(site, server, opened, (rounds(examples), 40))
