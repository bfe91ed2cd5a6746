"""The way to the sandbox, with the faults that it plays on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gateways.port import GatewayUnavailable
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.profiles import PROFILES, ProfileName
from gateways.sandbox.simulation.state import SandboxState
from gateways.sandbox.urls import PageUrls
from kernel.clock import Clock

Answer = TypeVar("Answer")


class SandboxClient:
    """`clock` dates the snapshots, as it does in the other adapters. `name` differs where several
    sandboxes stand in for several gateways."""

    def __init__(
        self,
        state: SandboxState,
        public_url: str,
        clock: Clock,
        profile: ProfileName = "stripe",
        name: str = "sandbox",
    ) -> None:
        self.state = state
        self.urls = PageUrls(public_url)
        self.clock = clock
        self.profile = PROFILES[profile]
        self.name = name

    def call(self, work: Callable[[Ledger], Answer]) -> Answer:
        """One request: one transaction, lost before or after it when a fault is planned."""
        fault = self.state.take_fault()
        if fault is not None and fault != "timeout_after_effect":
            raise GatewayUnavailable(f"The sandbox plays {fault}.")
        with self.state.transaction() as ledger:
            answer = work(ledger)
        if fault is not None:
            raise GatewayUnavailable(f"The sandbox plays {fault}.")
        return answer

    def once(self, action: str, command_id: str, work: Callable[[Ledger], object]) -> None:
        """A request whose command has its effect a single time, however often it is sent."""

        def unless_done(ledger: Ledger) -> None:
            if ledger.done(action, command_id) is None:
                work(ledger)
                ledger.mark_done(action, command_id)

        self.call(unless_done)
