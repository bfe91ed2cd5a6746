"""A typed reader for whoever consumes the published events, with the Kafka client of their choice.

`contracts` depends on pydantic alone, so the client is handed in: anything that yields records with
`topic`, `partition`, `key`, `value` and `headers` (kafka-python's `KafkaConsumer` does).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import Protocol

from contracts.cloudevents import decode, is_watermark
from contracts.envelope import Envelope

Seen = MutableMapping[tuple[str, int], int]


class Record(Protocol):
    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def consumer(records: Iterable[Record], seen: Seen | None = None) -> Iterator[Envelope]:
    """Events in order within a key, each once: a publisher that recovers sends some again, and
    within a partition their sequence only grows.

    `seen` maps (topic, partition) to the last sequence. Keep it with what you write, in the same
    transaction, and pass it in after a restart; without it a restart may repeat events. Read with
    `isolation_level="read_committed"`. Raises NotAnEvent for a record that is none.
    """
    seen = {} if seen is None else seen
    for record in records:
        event = decode(record.key, record.value, record.headers)
        place = (record.topic, record.partition)
        if event.sequence <= seen.get(place, 0):
            continue
        if not is_watermark(event):
            yield event
        seen[place] = event.sequence
