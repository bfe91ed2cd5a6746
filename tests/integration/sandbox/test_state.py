"""The sandbox's file under restarts, threads and processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateways import sandbox
from gateways.port import Gateway, Succeeded
from gateways.sandbox import SandboxClient
from gateways.sandbox.simulation import checkouts
from gateways.sandbox.simulation.cards import CARDS, GOOD
from gateways.sandbox.simulation.customers import customer_of, save_card
from gateways.sandbox.simulation.records import Charge, Product
from gateways.sandbox.simulation.state import SandboxState
from kernel.clock import utc_clock
from tests.support.gateway_steps import PRO, charge_request, checkout_request

OPEN_CHECKOUTS = """
import sys
from pathlib import Path
from gateways import sandbox
from gateways.sandbox import SandboxClient, SandboxState
from kernel.clock import utc_clock
from tests.support.gateway_steps import PRO, checkout_request
state = SandboxState(Path(sys.argv[1]))
gateway = sandbox.build(SandboxClient(state, "http://billing.example", utc_clock), ["whsec"])
price = gateway.catalogue.ensure_plan("sync", PRO, None).price
for number in range(50):
    print(gateway.checkouts.start(checkout_request(price, command=f"chk_{number}")).ref)
state.close()
"""


def gateway_on(state: SandboxState) -> Gateway:
    return sandbox.build(SandboxClient(state, "http://billing.example", utc_clock), ["whsec"])


def break_off(state: SandboxState) -> None:
    """Two records of one command: the second breaks the transaction."""
    with state.transaction() as ledger:
        ledger.put(Product(id="prod_x", command_id="sync", slug="x", name="X"))
        ledger.announce("product.created")
        ledger.put(Product(id="prod_y", command_id="sync", slug="y", name="Y"))


class TestSandboxState:
    def test_nothing_is_forgotten_over_a_restart(self, tmp_path: Path) -> None:
        before = SandboxState(tmp_path / "deep" / "sandbox.sqlite")
        price = gateway_on(before).catalogue.ensure_plan("sync", PRO, None).price
        checkout = gateway_on(before).checkouts.start(checkout_request(price))
        before.advance(timedelta(days=1))
        before.close()
        after = SandboxState(tmp_path / "deep" / "sandbox.sqlite")
        assert gateway_on(after).checkouts.start(checkout_request(price)).ref == checkout.ref
        assert after.now() - utc_clock() > timedelta(hours=23)
        after.close()

    def test_an_exception_undoes_its_transaction(self, tmp_path: Path) -> None:
        state = SandboxState(tmp_path / "sandbox.sqlite")
        with pytest.raises(sqlite3.IntegrityError):
            break_off(state)
        with state.transaction() as ledger:
            assert ledger.find(Product, "prod_x") is None
            assert ledger.outbox.take() is None
        assert not state.announced.is_set()
        state.close()

    def test_time_does_not_go_back(self, tmp_path: Path) -> None:
        state = SandboxState(tmp_path / "sandbox.sqlite")
        with pytest.raises(ValueError, match="forward"):
            state.advance(timedelta(seconds=-1))
        state.close()

    def test_one_command_from_many_threads_charges_once(self, state: SandboxState) -> None:
        gateway = gateway_on(state)
        with state.transaction() as ledger:
            customer = customer_of(ledger, "acme")
            method = customer.id, save_card(ledger, customer, CARDS[GOOD]).id
        with ThreadPoolExecutor(8) as threads:
            outcomes = set(threads.map(gateway.payments.charge, [charge_request(method)] * 40))
        assert len(outcomes) == 1
        assert isinstance(outcomes.pop(), Succeeded)
        with state.transaction() as ledger:
            assert ledger.count(Charge) == 1

    def test_processes_share_one_file(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", OPEN_CHECKOUTS, str(tmp_path / "sandbox.sqlite")]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        printed = [process.communicate(timeout=60)[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0]
        assert printed[0] == printed[1]
        assert len(set(printed[0].split())) == 50


class TestSandboxGateway:
    @pytest.mark.parametrize("secrets", [[], ["whsec", ""]])
    def test_it_does_not_start_without_a_webhook_secret(
        self, tmp_path: Path, secrets: list[str]
    ) -> None:
        state = SandboxState(tmp_path / "sandbox.sqlite")
        with pytest.raises(ValueError, match="webhook secret"):
            sandbox.build(SandboxClient(state, "http://billing.example", utc_clock), secrets)
        state.close()

    def test_an_old_sync_that_is_repeated_does_not_undo_a_newer_one(
        self, state: SandboxState
    ) -> None:
        gateway = gateway_on(state)
        old = gateway.catalogue.ensure_plan("sync_1", PRO, None)
        dearer = type(PRO)(PRO.slug, PRO.name, type(PRO.price)(5900, "USD"), PRO.interval)
        new = gateway.catalogue.ensure_plan("sync_2", dearer, old)
        assert gateway.catalogue.ensure_plan("sync_1", PRO, None) == old
        assert gateway.catalogue.ensure_plan("sync_3", dearer, new).price == new.price

    def test_an_old_cancellation_that_is_repeated_does_not_undo_a_resumption(
        self, state: SandboxState
    ) -> None:
        gateway = gateway_on(state)
        price = gateway.catalogue.ensure_plan("sync", PRO, None).price
        page = gateway.checkouts.start(checkout_request(price))
        with state.transaction() as ledger:
            checkouts.pay(ledger, page.ref, GOOD)
        ref = next(iter(gateway.subscriptions.list_all())).ref
        gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        gateway.subscriptions.resume("resume_1", ref)
        gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        assert gateway.subscriptions.fetch(ref).status == "active"
