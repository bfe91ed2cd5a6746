"""What the read APIs answer about a history: recorded once, and asked again of later versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.host import Host, Unexpected

PLAN = "billing.PlanCreated"
# Of the rest there is too much to keep: it is counted in the usage of each month.
METERED = ("acme-paid", "acme-late", "acme-erased")
ROLES = ("super_admin", "service", "auditor")
# Of these the clock decides, not history.
PASSING = {
    "entitlements": {
        *("used", "held", "remaining", "period", "resets_at"),
        *("can_start_conversation", "can_send_message"),
    },
    "orders": {"totals"},
    "subscription": {"checkout"},
}


@dataclass(frozen=True)
class Question:
    path: str
    query: dict[str, str]

    def ask(self, host: Host) -> Any:
        workspace = re.search("/workspaces/([^/]+)", self.path)
        member = {workspace[1]: "owner"} if workspace else {}
        token = host.token(roles=list(ROLES), **member)
        answer = host.get(self.path, token, **self.query)
        if answer.status_code != 200:
            raise Unexpected(f"GET {self.path}: {answer.status_code} {answer.text[:300]}")
        passing = PASSING.get(self.path.rpartition("/")[2], set())
        return {name: value for name, value in answer.json().items() if name not in passing}


def questions(
    host: Host, months: Sequence[str], instant: str, decisions: Sequence[str]
) -> Iterator[Question]:
    """`instant`: as of when history is asked for, and by when everything had been recorded."""
    known = {"until": instant, "limit": "500"}
    asked = [{"service": log} for log in ("billing", "addons")]
    asked += [{"service": "metering", "workspace": workspace} for workspace in METERED]
    audited = [Question("/v1/audit/events", {**known, **wanted}) for wanted in asked]
    events = [event for question in audited for event in question.ask(host)["data"]]
    yield from audited
    for path in ("plans", "plans/admin", "orders"):
        yield Question(f"/v1/projections/{path}", {"limit": "200"})
    for workspace in sorted({event["workspace"] for event in events if event["workspace"]}):
        yield from _of_workspace(workspace, months, instant)
    for slug in sorted({event["key"] for event in events if event["type"].startswith(PLAN)}):
        yield Question(f"/v1/billing/plans/{slug}", {})
    for decision in decisions:
        yield Question(f"/v1/audit/explain/decisions/{decision}", {"limit": "100"})
        yield Question(f"/v1/metering/decisions/{decision}", {})


def _of_workspace(workspace: str, months: Sequence[str], instant: str) -> Iterator[Question]:
    shown = f"/v1/projections/workspaces/{workspace}"
    yield Question(f"{shown}/subscription", {})
    yield Question(f"{shown}/addons", {"limit": "200"})
    yield Question(f"{shown}/purchases", {"limit": "200"})
    for month in months:
        yield Question(f"{shown}/usage", {"period": month})
    yield Question(f"/v1/metering/workspaces/{workspace}/entitlements", {})
    yield Question(f"/v1/audit/workspaces/{workspace}/as-of", {"at": instant, "known_at": instant})
    yield Question(f"/v1/audit/explain/workspaces/{workspace}/subscription", {"limit": "100"})


def until(instant: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An explanation without what was recorded later, as by the sweep, which asks gateways again
    some time after the start."""
    figure, events = answer.get("figure"), answer.get("data")
    if not isinstance(figure, dict) or "event" not in figure or not events:
        return answer
    known = [event for event in events if event["recorded_at"] <= instant]
    return {**answer, "figure": {**figure, "event": known[-1]["id"]}, "data": known}


def missing(recorded: Any, answered: Any, where: str = "") -> list[str]:
    """What was answered before and is not answered any more. A later version may say more, but a
    list keeps its length and its order."""
    if isinstance(recorded, dict) and isinstance(answered, dict):
        return [
            problem
            for name, value in recorded.items()
            for problem in missing(value, answered.get(name), f"{where}.{name}")
        ]
    if isinstance(recorded, list) and isinstance(answered, list) and len(recorded) == len(answered):
        pairs = enumerate(zip(recorded, answered, strict=True))
        return [
            problem
            for number, (was, is_) in pairs
            for problem in missing(was, is_, f"{where}[{number}]")
        ]
    return [] if recorded == answered else [f"{where}: {recorded!r} was, {answered!r} is"]
