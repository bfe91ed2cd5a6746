"""The published test vectors: both verifiers say of each what it says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.audit.checking import check_bundle
from runtime.readmodels.shadow import unseen
from tools.verify_bundle import Altered, verify

VECTORS = Path("docs/audit/vectors")
LISTED = json.loads((VECTORS / "vectors.json").read_bytes())


def test_every_directory_is_listed_and_some_are_intact() -> None:
    assert {each.name for each in VECTORS.iterdir() if each.is_dir()} == set(LISTED["bundles"])
    intact = [name for name, told in LISTED["bundles"].items() if told["intact"]]
    assert len(intact) >= 2
    assert len(LISTED["bundles"]) - len(intact) >= 15


@pytest.mark.parametrize("name", LISTED["bundles"])
def test_both_verifiers_agree_with_it(name: str) -> None:
    intact = LISTED["bundles"][name]["intact"]
    assert check_bundle(VECTORS / name, LISTED["public_key"], unseen).intact is intact
    try:
        verify(VECTORS / name, LISTED["public_key"])
    except Altered:
        assert not intact
    else:
        assert intact


def test_none_is_trusted_under_another_key() -> None:
    assert not check_bundle(VECTORS / "format-3", "00" * 32, unseen).intact
    with pytest.raises(Altered):
        verify(VECTORS / "format-3", "00" * 32)
