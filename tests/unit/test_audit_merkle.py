"""Merkle trees and chains, against their definition."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

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
from projections.audit_trail.merkle import Tree, leaf, node, path_of, root_by, root_of

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

    @given(LEAVES, st.data())
    def test_a_path_proves_its_leaf_and_no_other(
        self, leaves: list[bytes], drawn: st.DataObject
    ) -> None:
        index = drawn.draw(st.integers(0, len(leaves) - 1))
        path = path_of(leaves, index)
        assert root_by(path, leaves[index]) == root_of(leaves)
        assert root_by(path, sha256(leaves[index]).digest()) != root_of(leaves)

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
        signer, other = Signer(bytes(32)), Signer(bytes([1]) * 32)
        checkpoint = Checkpoint("billing", 1, 1, 1, 1, ORIGIN, ORIGIN, ORIGIN)
        signature = signer.sign(checkpoint.text)
        assert is_signed(signer.public_key, checkpoint.text, signature)
        assert not is_signed(other.public_key, checkpoint.text, signature)
        assert not is_signed(signer.public_key, checkpoint.text + b" ", signature)
        assert not is_signed(b"", checkpoint.text, signature)
