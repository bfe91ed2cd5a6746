"""Known ids against a plain set of them."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from services.metering.application.known_ids.keys import Keys, key_of
from services.metering.application.known_ids.recent_keys import RecentKeys
from services.metering.domain.identity import MESSAGE, Identity

# Few of them, so that equal ones and ones that share their 64 bits meet often.
PARTS = st.tuples(
    st.sampled_from([0, 1, 2, 7, 2**63 - 1, 2**63, 2**64 - 1]), st.sampled_from([0, 1, 2**32 - 1])
)
KEYS = PARTS.map(lambda parts: struct.pack(">QI", *parts))
BATCHES = st.lists(st.lists(KEYS, min_size=1, max_size=12, unique=True), max_size=12)


class TestRecentKeys:
    @given(added=BATCHES, asked=st.lists(KEYS, min_size=1, max_size=20))
    def test_finds_what_was_added_and_nothing_else(
        self, added: list[list[bytes]], asked: list[bytes]
    ) -> None:
        known, model = RecentKeys(pending=4), set[bytes]()
        for batch in added:
            known.add(Keys.of(batch))
            model.update(batch)
            expected = {index for index, key in enumerate(asked) if key in model}
            assert known.find(asked, Keys.of(asked)) == expected

    def test_keeps_few_levels_of_many_keys(self) -> None:
        known = RecentKeys(pending=16)
        keys = [key_of(Identity("acme").of(MESSAGE, str(number))) for number in range(5_000)]
        for start in range(0, len(keys), 20):
            known.add(Keys.of(keys[start : start + 20]))
        assert len(known) == len(keys)
        assert len(known._levels) <= 6
        assert known.find(keys, Keys.of(keys)) == set(range(len(keys)))
        strangers = [key_of(Identity("other").of(MESSAGE, str(number))) for number in range(5_000)]
        assert known.find(strangers, Keys.of(strangers)) == set()


class TestKeys:
    @given(st.lists(KEYS, min_size=1, max_size=9))
    def test_are_read_as_they_are_written(self, packed: list[bytes]) -> None:
        keys = Keys.of(packed)
        assert keys.packed() == packed
        assert Keys.read(*keys.written()).packed() == packed

    def test_some_are_left_out_by_their_indexes(self) -> None:
        keys = Keys.of([bytes([n] * 12) for n in range(5)])
        assert keys.without([0, 3]).packed() == [bytes([n] * 12) for n in (1, 2, 4)]
        assert keys.without([]) is keys

    def test_none_at_all_are_read_of_a_row_without(self) -> None:
        assert len(Keys.read(None, None)) == 0
