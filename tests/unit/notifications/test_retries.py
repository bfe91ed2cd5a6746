"""When a webhook is tried again, and when an endpoint is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.domain.delivery import Message, by_ordering_key
from services.notifications.domain.endpoint import HEALTHY, Health, matches, unknown_types
from services.notifications.domain.retries import (
    Pace,
    Round,
    asked_pause,
    gives_up,
    judge,
    verdict_on,
)
from services.notifications.domain.signature import new_secret, signed_headers

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PACE = Pace()
MIDDLING = 0.5


def refused(keys: int = 5, asked: timedelta | None = None) -> Round:
    return Round(delivered=0, refused=1, gone=False, failing_keys=keys, asked=asked)


class TestPause:
    def test_grows_threefold_up_to_the_longest(self) -> None:
        pauses = [PACE.pause(n, MIDDLING, None, PACE.longest) for n in (1, 2, 3, 9, 60)]
        assert [pause.total_seconds() for pause in pauses] == [5, 15, 45, 14_400, 14_400]

    def test_is_spread_by_a_fifth_to_both_sides(self) -> None:
        assert PACE.pause(1, 0, None, PACE.longest) == timedelta(seconds=4)
        assert PACE.pause(1, 1, None, PACE.longest) == timedelta(seconds=6)

    def test_is_as_long_as_was_asked_for_but_within_patience(self) -> None:
        hour = timedelta(hours=1)
        assert PACE.pause(1, MIDDLING, hour, PACE.longest) == hour
        assert PACE.pause(1, MIDDLING, timedelta(days=900), PACE.longest) == PACE.patience
        assert PACE.pause(9, MIDDLING, timedelta(0), PACE.longest) == PACE.longest

    @pytest.mark.parametrize(
        ("header", "asked"),
        [
            ("120", timedelta(minutes=2)),
            ("Sun, 22 Nov 2026 10:05:00 GMT", timedelta(minutes=5)),
            ("Sun, 22 Nov 2020 10:05:00 GMT", timedelta(0)),
            *(("soon", None), ("", None), (None, None), ("-1", None), ("²", None)),
        ],
    )
    def test_reads_what_was_asked_for(self, header: str | None, asked: timedelta | None) -> None:
        assert asked_pause(header, NOW) == asked


class TestVerdict:
    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            *((200, "delivered"), (299, "delivered"), (302, "refused"), (404, "refused")),
            *((500, "refused"), (None, "refused"), (410, "gone")),
        ],
    )
    def test_is_by_status(self, status: int | None, verdict: str) -> None:
        assert verdict_on(status) == verdict


class TestHealth:
    def test_one_failing_workspace_opens_no_circuit(self) -> None:
        judged = judge(HEALTHY, refused(keys=1), PACE, MIDDLING, NOW)
        assert judged.health == Health(failing_since=NOW, failures=1)

    def test_many_failing_workspaces_open_it(self) -> None:
        judged = judge(HEALTHY, refused(), PACE, MIDDLING, NOW)
        assert judged.health.again_at == NOW + timedelta(seconds=5)

    def test_one_delivery_heals(self) -> None:
        sick = Health(NOW - timedelta(days=2), 9, NOW, warned=True)
        seen = Round(delivered=1, refused=4, gone=False, failing_keys=4)
        assert judge(sick, seen, PACE, MIDDLING, NOW).health == HEALTHY

    def test_a_round_without_attempts_says_nothing(self) -> None:
        sick = Health(NOW - timedelta(days=9), 9)
        seen = Round(delivered=0, refused=0, gone=False, failing_keys=4)
        assert judge(sick, seen, PACE, MIDDLING, NOW).health == sick

    def test_people_are_told_once_before_it_is_disabled(self) -> None:
        sick = Health(NOW - PACE.warning, 9)
        first = judge(sick, refused(), PACE, MIDDLING, NOW)
        assert first.warn
        assert first.disabled_reason is None
        assert not judge(first.health, refused(), PACE, MIDDLING, NOW).warn

    def test_three_days_of_nothing_but_failures_disable(self) -> None:
        almost = Health(NOW - PACE.patience + timedelta(seconds=1), 9, warned=True)
        assert judge(almost, refused(), PACE, MIDDLING, NOW).disabled_reason is None
        over = Health(NOW - PACE.patience, 9, warned=True)
        assert judge(over, refused(), PACE, MIDDLING, NOW).disabled_reason == "failing"

    def test_gone_disables_at_once(self) -> None:
        seen = Round(delivered=3, refused=1, gone=True, failing_keys=1)
        assert judge(HEALTHY, seen, PACE, MIDDLING, NOW).disabled_reason == "gone"


class TestGivingUp:
    def test_ends_what_only_one_event_causes(self) -> None:
        first = NOW - PACE.patience
        assert gives_up(PACE, first, HEALTHY, NOW)
        assert not gives_up(PACE, first + timedelta(seconds=1), HEALTHY, NOW)

    def test_loses_nothing_of_an_endpoint_that_takes_nothing(self) -> None:
        first = NOW - PACE.patience
        assert not gives_up(PACE, first, Health(first, 9), NOW)


class TestOrderingKeys:
    def test_keep_their_order_side_by_side_and_behind_what_waits(self) -> None:
        messages = [
            Message("billing", number, "billing.PlanSubscribed.v1", key, key, b"{}")
            for number, key in enumerate(["acme", "globex", "acme", "initech"], 1)
        ]
        queues = by_ordering_key(messages, {("billing", "initech")})
        assert [[each.id for each in queue] for queue in queues] == [
            ["billing:1", "billing:3"],
            ["billing:2"],
        ]


class TestTypes:
    @pytest.mark.parametrize("wanted", ["*", "billing.*", "billing.PlanSwapped.v1"])
    def test_match_all_a_service_or_one(self, wanted: str) -> None:
        assert matches(wanted, "billing.PlanSwapped.v1")

    @pytest.mark.parametrize("wanted", ["bill.*", "addons.*", "billing.PlanSwapped.v2"])
    def test_match_nothing_else(self, wanted: str) -> None:
        assert unknown_types([wanted], ["billing.PlanSwapped.v1"]) == [wanted]


class TestSignature:
    def test_is_that_of_the_standards_own_example(self) -> None:
        headers = signed_headers(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            b'{"test": 2432232314}',
            datetime.fromtimestamp(1614265330, UTC),
        )
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_is_one_for_each_secret(self) -> None:
        headers = signed_headers([new_secret(), new_secret()], "billing:1", b"{}", NOW)
        assert len(set(headers["webhook-signature"].split())) == 2
