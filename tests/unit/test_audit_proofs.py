"""Proofs of growth and of inclusion, against RFC 6962 read literally and its known vectors."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.audit_trail.merkle import root_of
from projections.audit_trail.proofs import consistency, includes, inclusion, is_consistent

# The inputs, roots and proofs that implementations of RFC 6962 share as test vectors.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
INCLUSIONS: dict[tuple[int, int], list[str]] = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCIES: dict[tuple[int, int], list[str]] = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [sha256(b"\0" + each).digest() for each in INPUTS]
OTHER = bytes(32)
Sizes = st.integers(1, 130)


def leaves(size: int) -> list[bytes]:
    return [sha256(number.to_bytes(4, "big")).digest() for number in range(size)]


def hashes(proof: Sequence[bytes]) -> list[str]:
    return [each.hex() for each in proof]


def path(index: int, given: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) as the RFC writes it."""
    if len(given) == 1:
        return []
    k = largest_power_below(len(given))
    if index < k:
        return [*path(index, given[:k]), root_of(given[k:])]
    return [*path(index - k, given[k:]), root_of(given[:k])]


def subproof(first: int, given: Sequence[bytes], *, known: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b) as the RFC writes it."""
    if first == len(given):
        return [] if known else [root_of(given)]
    k = largest_power_below(len(given))
    if first <= k:
        return [*subproof(first, given[:k], known=known), root_of(given[k:])]
    return [*subproof(first - k, given[k:], known=False), root_of(given[:k])]


def largest_power_below(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


class TestKnownVectors:
    @pytest.mark.parametrize(("size", "root"), ROOTS.items())
    def test_roots(self, size: int, root: str) -> None:
        assert root_of(LEAVES[:size]).hex() == root

    @pytest.mark.parametrize(("place", "proof"), INCLUSIONS.items())
    def test_inclusion(self, place: tuple[int, int], proof: list[str]) -> None:
        index, size = place
        made = inclusion(index, size, lambda start, end: root_of(LEAVES[start:end]))
        assert hashes(made) == proof
        assert includes(LEAVES[index], index, size, made, bytes.fromhex(ROOTS[size]))

    @pytest.mark.parametrize(("sizes", "proof"), CONSISTENCIES.items())
    def test_consistency(self, sizes: tuple[int, int], proof: list[str]) -> None:
        first, second = sizes
        made = consistency(first, second, lambda start, end: root_of(LEAVES[start:end]))
        assert hashes(made) == proof
        older, newer = (bytes.fromhex(ROOTS[size]) for size in sizes)
        assert is_consistent(first, second, older, newer, made)


class TestAgainstTheDefinition:
    @given(Sizes, st.data())
    def test_every_leaf_is_proven_and_no_other(self, size: int, data: st.DataObject) -> None:
        given, index = leaves(size), data.draw(st.integers(0, size - 1))
        proof = inclusion(index, size, lambda start, end: root_of(given[start:end]))
        root = root_of(given)
        assert proof == path(index, given)
        assert includes(given[index], index, size, proof, root)
        assert not includes(OTHER, index, size, proof, root)
        assert not includes(given[index], index, size, [*proof, OTHER], root)
        assert not includes(given[index], index, size, proof[:-1], root) or not proof
        assert not includes(given[index], size, size, proof, root)

    @given(Sizes, st.data())
    def test_growth_is_proven_and_nothing_else(self, second: int, data: st.DataObject) -> None:
        given, first = leaves(second), data.draw(st.integers(1, second))
        proof = consistency(first, second, lambda start, end: root_of(given[start:end]))
        older, newer = root_of(given[:first]), root_of(given)
        assert proof == subproof(first, given)
        assert is_consistent(first, second, older, newer, proof)
        assert not is_consistent(first, second, older, newer, [*proof, OTHER])
        assert not is_consistent(first, second, OTHER, newer, proof)
        assert not is_consistent(first, second, older, OTHER, proof)

    @given(st.integers(2, 60), st.data())
    def test_a_rewritten_past_has_no_proof(self, second: int, data: st.DataObject) -> None:
        given, first = leaves(second), data.draw(st.integers(1, second - 1))
        forged = [*given]
        forged[data.draw(st.integers(0, first - 1))] = OTHER
        proof = consistency(first, second, lambda start, end: root_of(forged[start:end]))
        assert not is_consistent(first, second, root_of(given[:first]), root_of(forged), proof)
