"""A measurement that is wrong is worse than none."""

from __future__ import annotations

import re
from itertools import islice

from tests.bench.load import Target
from tests.bench.result import Result, Spread, from_json, to_json
from tests.bench.usage import batches, messages

TARGET = Target("127.0.0.1", 1, "token")
ID = re.compile(rb'"id": ?"([0-9a-f]{32})"')


def test_no_turn_repeats_an_id_of_another() -> None:
    sent = [
        found
        for _ in range(2)
        for requests in (batches(TARGET, 100), messages(TARGET))
        for connection in range(3)
        for request in islice(requests(connection), 5)
        for found in ID.findall(request)
    ]
    assert len(sent) == len(set(sent)) == 2 * 3 * 5 * 101


def test_a_batch_is_as_long_as_it_says() -> None:
    request = next(batches(TARGET, 10)(0))
    head, _, body = request.partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(body) in head + b"\r\n"


def test_worse_is_what_lies_beyond_the_noise_of_both() -> None:
    before = Result("rate", Spread(9, 10, 12), least=5)
    assert Result("rate", Spread(6, 7, 8), least=5).worse_than(before)
    assert not Result("rate", Spread(6, 7, 9.5), least=5).worse_than(before)
    late = Result("p99", Spread(9, 10, 12), most=50)
    assert Result("p99", Spread(13, 14, 15), most=50).worse_than(late)
    assert not Result("p99", Spread(11, 14, 15), most=50).worse_than(late)


def test_a_later_run_reads_the_results() -> None:
    results = [Result("rate", Spread(1, 2, 3), "/s", least=2, details="quiet")]
    assert from_json(to_json(results)) == results
