"""Whatever happens to purchases, in any order and at once: nobody is charged twice, no state is
shown that history and the gateway don't prove, the team is notified once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from contracts.addons import AddonPaid
from tests.support.addon_environment import AddonEnvironment
from tests.support.addon_scenario import COMMANDS, MOVES, AddonScenario, proved_status
from tests.support.dying_process import CrashPoint
from tests.support.gateway_driver import Fault
from tests.support.mail_server import Fault as MailFault
from tests.support.mail_server import MailServer, mail_server

CALLS = [
    "payments.charge",
    "payments.fetch",
    "payments.find",
    "payments.refund",
    "checkouts.start_payment",
    "append",
    "deliver",
]
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
    scenario: AddonScenario

    @initialize(card=st.sampled_from([*CARDS, None]), call=st.sampled_from([*CALLS, None]))
    def begin(self, card: str | None, call: str | None) -> None:
        self.scenario = AddonScenario(self.site, self.server)
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
        assert set(self.scenario.charges()) <= set(purchases)
        assert sum(purchase.blocks for purchase in purchases.values()) <= 1

    @invariant()
    def every_state_is_proved_by_the_gateway(self) -> None:
        charges = self.scenario.charges()
        for purchase in self.scenario.purchases():
            charge = charges.get(purchase.purchase_id)
            if purchase.captured:
                assert charge is not None
                assert (charge.status, charge.amount.amount) == ("succeeded", 49_900)
                assert purchase.refunded_cents <= charge.refunded + self.scenario.sent_back(charge)
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
            with self.scenario:
                self.scenario.end_well()
                self.everything_is_settled()
                self.read_models_show_it()

    def everything_is_settled(self) -> None:
        """The gateway keeps the money of what is paid or delivered, and no other but what a bank
        would not take back."""
        charges = self.scenario.charges()
        kept = self.scenario.refused_refunds()
        for purchase in self.scenario.purchases():
            charge = charges.get(purchase.purchase_id)
            succeeded = charge is not None and charge.status == "succeeded"
            assert purchase.captured == succeeded
            if charge is not None and succeeded:
                assert (purchase.refunded_cents, list(purchase.refunds)) == (charge.refunded, [])
                keeps = charge.refunded < charge.amount.amount
                known = purchase.dispute.status if purchase.dispute else None
                assert known == self.scenario.disputed(charge)
                assert keeps == (purchase.status in ("paid", "delivered")) or (
                    purchase.purchase_id in kept
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


def play(site: AddonEnvironment, server: MailServer, examples: int, steps: int) -> None:
    machine = type("AnyOrderHere", (AnyOrder,), {"site": site, "server": server})
    run(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


class TestAnyOrder:
    def test_holds_for_short_scenarios(self, site: AddonEnvironment, server: MailServer) -> None:
        play(site, server, examples=12, steps=10)

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    def test_holds_for_long_scenarios(self, site: AddonEnvironment, server: MailServer) -> None:
        play(site, server, examples=150, steps=40)
