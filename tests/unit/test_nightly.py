"""The daily verification tells the team what it found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from projections.audit_trail.auditing import Auditor, Report
from projections.audit_trail.findings import Checked, Finding
from projections.audit_trail.nightly import EVERY, NightlyVerification


class Verifying:
    """Answers with a report that is given."""

    def __init__(self, *findings: Finding) -> None:
        self.chain = Checked("billing", 0)
        for finding in findings:
            self.chain.add(finding)

    def verify(self, **_: Any) -> Report:
        return Report([self.chain], [])


def told(*findings: Finding, days: int = 1) -> list[tuple[str, str]]:
    alarms: list[tuple[str, str]] = []
    now = [datetime(2026, 11, 22, 10, tzinfo=UTC)]
    nightly = NightlyVerification(
        cast(Auditor, Verifying(*findings)), lambda: now[0], lambda *alarm: alarms.append(alarm)
    )
    for _ in range(days):
        now[0] += max(EVERY, timedelta(minutes=11))
        assert nightly.run_due()
        assert not nightly.run_due()
    return alarms


class TestNightlyVerification:
    def test_is_silent_where_history_is_what_it_was(self) -> None:
        assert told() == []

    def test_names_what_differs_every_day_until_it_is_looked_at(self) -> None:
        found = Finding("billing", 7, "altered", "PlanSubscribed of acme")
        alarms = told(found, days=2)
        assert [subject for subject, _ in alarms] == ["History differs"] * 2
        assert "billing:7: altered, PlanSubscribed of acme" in alarms[0][1]
