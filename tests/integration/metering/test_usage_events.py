"""Reported usage counts once, in the month that it happened in."""

from __future__ import annotations

from tests.support.metering_house import Caller


def event(usage_id: str, **more: object) -> dict[str, object]:
    return {"id": usage_id, "workspace_id": "acme", "metric": "message", **more}


class TestReportEvents:
    def test_an_event_counts_once(self, host: Caller) -> None:
        assert host.report(event("m1"), event("m1"), event("m2")) == [
            {"id": "m1", "status": "inserted"},
            {"id": "m1", "status": "duplicate"},
            {"id": "m2", "status": "inserted"},
        ]
        assert host.report(event("m1"))[0]["status"] == "duplicate"
        assert host.entitlements("acme")["used"] == {"conversations": 0, "messages": 2}
