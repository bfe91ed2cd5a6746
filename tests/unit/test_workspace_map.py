"""The map under a signed root: what a log holds of each workspace, and that it holds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.audit_trail.workspace_map import Held, MapProof, WorkspaceMap, holds, key_of
from tools.verify_bundle import Altered, check_map

NAMES = st.lists(st.text("abc", max_size=4), unique=True, max_size=12)
LEAVES = [sha256(bytes([number])).digest() for number in range(5)]


def held(events: int) -> Held:
    made = Held()
    for each in LEAVES[:events]:
        made = made.add(each)
    return made


def built(names: Sequence[str]) -> WorkspaceMap:
    return WorkspaceMap({key_of(name): held(1 + len(name)) for name in names})


@given(NAMES, st.text("abc", max_size=4))
def test_each_workspace_has_what_it_has_and_nothing_else(names: list[str], name: str) -> None:
    there = built(names)
    proven = there.show(name)
    expected = 1 + len(name) if name in names else 0
    assert [n for n in range(6) if holds(there.root, proven, name, held(n))] == [expected]
    assert MapProof.of(proven.facts()) == proven


@given(NAMES.filter(lambda names: len(names) > 1), st.data())
def test_absence_can_t_be_told_of_a_workspace_that_has_events(
    names: list[str], data: st.DataObject
) -> None:
    """By whatever two places of the same map."""
    there, name = built(names), data.draw(st.sampled_from(names))
    others = st.sampled_from([each for each in names if each != name])
    shown = [there.show(each).shown[0] for each in (data.draw(others), data.draw(others))]
    some = data.draw(st.integers(0, 2))
    assert not holds(there.root, replace(there.show(name), shown=shown[:some]), name, Held())


@given(NAMES, st.integers(-2, 2))
def test_another_size_is_another_root(names: list[str], more: int) -> None:
    there = built(names)
    proven = there.show("nobody")
    claimed = replace(proven, size=max(0, proven.size + more))
    assert holds(there.root, claimed, "nobody", Held()) is (claimed == proven)


@pytest.mark.parametrize("names", [[], ["acme"], ["acme", "globex", "initech"]])
def test_the_second_verifier_says_the_same_of_who_has_nothing(names: list[str]) -> None:
    there = built(names)
    head = {"service": "metering", "sequence": 9, "workspaces": there.root.hex()}
    check_map({**head, "map": there.show("nobody").facts()}, [], "nobody")
    for name in names:
        with pytest.raises(Altered):
            check_map({**head, "map": there.show(name).facts()}, [], name)
