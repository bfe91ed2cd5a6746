"""Makes runs of the keys of older blocks, and one of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import log2

from runtime.postgres.database import Database
from services.metering.application.known_ids.keys import Keys
from services.metering.application.known_ids.runs import LIST, cut, keys_of_parts

RUN_SIZE = 1_000_000
PART_SIZE = 2_048
MERGED_AT_ONCE = 4
PARTS_AT_ONCE = 16
LARGEST_BLOCK = 8_000
KEPT = "1 hour"
LAST = 2**62
COVERED = """
SELECT coalesce(max(last), 0), coalesce(max(adopted), 0) FROM metering_runs WHERE run = ANY(%s)
"""
EDGE = """
SELECT upto, coalesce((SELECT notification_id FROM metering_events
                        WHERE originator_id = '00000000-0000-0000-0000-000000000000'
                          AND originator_version = upto), 0),
       coalesce((SELECT max(notification_id) FROM metering_events), 0)
  FROM (SELECT coalesce(max(last), 0) AS upto FROM metering_runs) AS covered
"""
# The driver would make a number of each key.
BLOCKS = f"""
SELECT originator_version, array_send(keys), rest, refused, notification_id FROM metering_events
 WHERE originator_id = '00000000-0000-0000-0000-000000000000' AND originator_version > %s
   AND notification_id - count < %s AND notification_id < %s + {LARGEST_BLOCK}
 ORDER BY originator_version
"""
ROWS_LEFT = """
SELECT adopted, last
  FROM metering_message_rows, (SELECT coalesce(max(adopted), 0) AS adopted FROM metering_runs) AS r
 WHERE present AND adopted < last
"""
ROWS = """
SELECT max(position), count(*), string_agg(key, '') FROM (
    SELECT notification_id AS position, substring(uuid_send(originator_id) FROM 5) AS key
      FROM metering_events
     WHERE notification_id > %s AND notification_id <= %s AND topic = 'metering.MessageMetered'
     ORDER BY notification_id LIMIT %s) AS page
"""
ADD = """
INSERT INTO metering_runs (size, bits, last, adopted)
SELECT %s, %s, %s,
       greatest(%s::bigint, (SELECT max(adopted) FROM metering_runs WHERE run = ANY(%s)))
RETURNING run
"""
REPLACE = "UPDATE metering_runs SET replaced_at = clock_timestamp() WHERE run = ANY(%s)"
FORGET = """
WITH gone AS (DELETE FROM metering_runs WHERE replaced_at < clock_timestamp() - %s::interval
              RETURNING run)
DELETE FROM metering_run_parts USING gone WHERE metering_run_parts.run = gone.run
"""


class Upkeep:
    """By one process at a time; all others read what it made a little later. Two at once would do
    no harm: runs may hold the same keys."""

    def __init__(self, database: Database, run_size: int = RUN_SIZE, kept: str = KEPT) -> None:
        self._database = database
        self._run_size = run_size
        self._kept = kept

    def work(self) -> int:
        """Does what there is to do, each run in one transaction. Returns how many it made."""
        made = 0
        while self._adopt() or self._add() or self._merge():
            made += 1
        self._database.execute(FORGET, (self._kept,))
        return made

    def make_anew(self) -> None:
        """All runs from the log; those that were are kept until the last of the new ones stands,
        so that nobody misses a key meanwhile."""
        former = [run[0] for run in self._database.tuples(LIST, ())]
        [[upto, adopted]] = self._database.tuples(COVERED, (former,))
        block = position = row = 0
        while row < adopted:
            row = self._write_rows(row, adopted)
        while block < upto:
            last, reached = self._write_blocks(block, position, upto)
            if last == block:
                break
            block, position = last, reached
        self._database.execute(REPLACE, (former,))

    def _adopt(self) -> bool:
        """A run of the keys of messages that stand in rows of their own, as before blocks."""
        for after, last in self._database.tuples(ROWS_LEFT, ()):
            self._write_rows(after, last)
            return True
        return False

    def _write_rows(self, after: int, last: int) -> int:
        """Up to which position it took rows."""
        [[end, count, raw]] = self._database.tuples(ROWS, (after, last, self._run_size))
        ordered = Keys.unpacked(raw or b"").sorted()
        bits = _bits(count)
        adopted = end if count == self._run_size else last
        self._write(count, bits, 0, cut(ordered, bits), adopted=adopted)
        return int(adopted)

    def _add(self) -> bool:
        """A run of the keys behind the last, once there are enough of them."""
        [[upto, base, newest]] = self._database.tuples(EDGE, ())
        if newest < base + self._run_size:
            return False
        last, _ = self._write_blocks(upto, base)
        return last > int(upto)

    def _write_blocks(self, after: int, base: int, upto: int = LAST) -> tuple[int, int]:
        """The last block that it took, and its position; `base` is that of the block `after`."""
        end = base + self._run_size
        found = self._database.tuples(BLOCKS, (after, end, end))
        blocks = [block for block in found if block[0] <= upto]
        if not blocks:
            return after, base
        keys = [Keys.read(high, low).without(gone or ()) for _, high, low, gone, _ in blocks]
        ordered = Keys.joined(keys).sorted()
        bits = _bits(len(ordered))
        self._write(len(ordered), bits, blocks[-1][0], cut(ordered, bits))
        return blocks[-1][0], blocks[-1][4]

    def _merge(self) -> bool:
        """The oldest of one size into one, so that a key is written again a few times in all."""
        runs = sorted(self._database.tuples(LIST, ()), key=lambda run: run[2])
        for bits, alike in groupby(runs, key=lambda run: int(run[2])):
            chosen = list(alike)[:MERGED_AT_ONCE]
            if len(chosen) == MERGED_AT_ONCE:
                numbers = [run[0] for run in chosen]
                size = sum(run[1] for run in chosen)
                more = max(bits, _bits(size))
                merged = self._merged(numbers, bits, more)
                last = max(run[3] for run in chosen)
                self._write(size, more, last, merged, replaced=numbers)
                return True
        return False

    def _merged(self, runs: Sequence[int], bits: int, more: int) -> Iterator[Keys]:
        for start in range(0, 1 << bits, PARTS_AT_ONCE):
            end = min(start + PARTS_AT_ONCE, 1 << bits)
            stretch = [keys_of_parts(self._database, run, start, end) for run in runs]
            yield from cut(
                Keys.joined(stretch).sorted(), more, start << (more - bits), end << (more - bits)
            )

    def _write(
        self,
        size: int,
        bits: int,
        last: int,
        parts: Iterable[Keys],
        *,
        adopted: int = 0,
        replaced: Sequence[int] = (),
    ) -> None:
        numbers = list(replaced)
        with self._database.transaction(commit=True) as cursor:
            [added] = cursor.execute(ADD, (size, bits, last, adopted, numbers)).fetchall()
            with cursor.copy("COPY metering_run_parts (run, part, keys) FROM STDIN") as copy:
                for part, keys in enumerate(parts):
                    copy.write_row((added["run"], part, keys.joined_bytes()))
            cursor.execute(REPLACE, (numbers,))


def _bits(size: int) -> int:
    return max(0, round(log2(max(1, size) / PART_SIZE)))
