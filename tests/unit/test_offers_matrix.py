"""What the adapters declare to be able to do, as documents and the sandbox show it."""

from __future__ import annotations

from typing import get_args

from gateways.port import Ability
from gateways.sandbox.simulation.profiles import PROFILES
from tests.support.offers_matrix import GATEWAYS, matrix, shown


def test_the_document_has_the_matrix_of_the_adapters() -> None:
    assert shown() == matrix(), "run `python -m tests.support.offers_matrix`"


def test_every_gateway_tells_of_every_ability_and_why_not() -> None:
    for offers in GATEWAYS.values():
        assert set(offers) == set(get_args(Ability))
        assert all(each.reason for each in offers.values() if each.support != "native")


def test_the_sandbox_imitates_each() -> None:
    by_name = {name.lower(): offers for name, offers in GATEWAYS.items()}
    assert {name: each.capabilities.offers for name, each in PROFILES.items()} == by_name
