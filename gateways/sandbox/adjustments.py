"""Quantity, discounts, trial and pause, as far as the imitated company has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateways.port import (
    Ability,
    Coupon,
    SwapOutcome,
    Swapped,
)
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import adjustments
from gateways.sandbox.simulation.ledger import Ledger
from kernel.money import Money


class Adjustments:
    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def set_quantity(self, command_id: str, ref: str, quantity: int) -> SwapOutcome:
        self._once(
            "quantity_change",
            command_id,
            lambda ledger: adjustments.set_quantity(ledger, ref, quantity),
        )
        return Swapped(self._client.clock())

    def preview_quantity(self, ref: str, quantity: int) -> Money | None:
        if not self._client.profile.capabilities.proration_preview:
            return None
        return self._client.call(lambda ledger: adjustments.preview_quantity(ledger, ref, quantity))

    def pause(self, command_id: str, ref: str, resumes_at: datetime | None) -> None:
        if resumes_at is not None:
            self._client.profile.capabilities.require("pause_until")
        self._once("pause", command_id, lambda ledger: adjustments.pause(ledger, ref, resumes_at))

    def unpause(self, command_id: str, ref: str) -> None:
        self._once("pause", command_id, lambda ledger: adjustments.unpause(ledger, ref))

    def give_discount(self, command_id: str, ref: str, coupon: Coupon) -> None:
        self._once(
            "discount_change",
            command_id,
            lambda ledger: adjustments.give_discount(ledger, ref, coupon),
        )

    def end_discounts(self, command_id: str, ref: str) -> None:
        self._once(
            "discount_change", command_id, lambda ledger: adjustments.end_discounts(ledger, ref)
        )

    def end_trial(self, command_id: str, ref: str, ends_at: datetime | None) -> SwapOutcome:
        self._once(
            "trial_change", command_id, lambda ledger: adjustments.end_trial(ledger, ref, ends_at)
        )
        return Swapped(self._client.clock())

    def _once(self, ability: Ability, command_id: str, work: Callable[[Ledger], object]) -> None:
        profile = self._client.profile
        profile.capabilities.require(ability, profile.paid_with)
        self._client.once("adjust", command_id, work)
