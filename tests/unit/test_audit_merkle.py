"""Merkle trees and chains, against their definition."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.audit_trail.chain import (
    CHECKPOINT_EVENTS,
    ORIGIN,
    Chain,
    Checkpoint,
    Signer,
    is_signed,
)
from projections.audit_trail.merkle import Tree, leaf, node, proof_of, proven_root, root_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


class TestTree:
    def test_three_leaves_hash_as_rfc_6962_says(self) -> None:
        a, b, c = (bytes([number]) * 32 for number in range(3))
        assert root_of([a, b, c]) == node(node(a, b), c)
        assert node(a, b) == sha256(b"\1" + a + b).digest()

    @given(LEAVES)
    def test_growing_leaf_by_leaf_gives_the_root_of_the_whole(self, leaves: list[bytes]) -> None:
        tree = Tree()
        for each in leaves:
            tree.add(each)
            tree = Tree.unpack(tree.count, tree.pack())
        assert tree.root() == root_of(leaves)

    @given(LEAVES, st.sets(st.integers(0, 69)))
    def test_any_leaves_are_proven_by_the_subtrees_beside_them(
        self, leaves: list[bytes], chosen: set[int]
    ) -> None:
        wanted = sorted(index for index in chosen if index < len(leaves))
        known = {index: leaves[index] for index in wanted}
        proof = proof_of(leaves, wanted)
        assert proven_root(len(leaves), known, proof) == root_of(leaves)
        for index in wanted:
            altered = {**known, index: sha256(known[index]).digest()}
            assert proven_root(len(leaves), altered, proof) != root_of(leaves)

    def test_a_proof_of_another_length_is_refused(self) -> None:
        leaves = [bytes([number]) * 32 for number in range(5)]
        proof = proof_of(leaves, [1])
        for wrong in (proof[:-1], [*proof, leaves[0]]):
            with pytest.raises(ValueError, match="proof is too"):
                proven_root(5, {1: leaves[1]}, wrong)

    def test_a_leaf_depends_on_the_time_of_recording(self) -> None:
        assert leaf(ORIGIN, NOW) != leaf(ORIGIN, NOW.replace(microsecond=1))


class TestChain:
    def test_every_thousandth_event_completes_a_checkpoint(self) -> None:
        chain, closed = Chain("billing"), []
        for sequence in range(1, 2 * CHECKPOINT_EVENTS + 1):
            checkpoint = chain.add(sequence * 2, sha256(bytes([sequence % 256])).digest(), NOW)
            if checkpoint is not None:
                closed.append(checkpoint)
        first, second = closed
        assert (first.first_sequence, first.last_sequence) == (2, 2_000)
        assert (second.number, second.previous, first.previous) == (2, first.hash, ORIGIN)
        assert second.chain == chain.hash

    def test_a_chain_goes_on_from_where_it_was_saved(self) -> None:
        whole, parts = Chain("billing"), Chain("billing")
        for sequence in range(1, 1_500):
            digest = sha256(sequence.to_bytes(4, "big")).digest()
            assert whole.add(sequence, digest, NOW) == parts.add(sequence, digest, NOW)
            if sequence % 7 == 0:
                parts = Chain.restore(**parts.saved())
        assert whole == parts


class TestSignature:
    def test_only_the_signed_text_under_the_signing_key_is_accepted(self) -> None:
        signer, other = Signer([bytes(32)]), Signer([bytes([1]) * 32])
        checkpoint = Checkpoint("billing", 1, 1, 1, 1, ORIGIN, ORIGIN, ORIGIN)
        signature = signer.sign(checkpoint.text)
        assert is_signed(signer.public_key, checkpoint.text, signature)
        assert not is_signed(other.public_key, checkpoint.text, signature)
        assert not is_signed(signer.public_key, checkpoint.text + b" ", signature)
        assert not is_signed(b"", checkpoint.text, signature)
