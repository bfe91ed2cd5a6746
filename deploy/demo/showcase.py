"""A workspace to look at on the pages: it has a plan, usage of the last weeks, and a service."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.host import Host, Unexpected
from deploy.demo.story import ADDON, RETURN
from kernel.clock import rfc3339

WORKSPACE = "demo"
DAYS = 30
BATCH = 1_000


def furnish(host: Host, now: datetime) -> None:
    """Once for each installation: a later demo only adds the days since."""
    owner = host.member_token(WORKSPACE)
    at = f"/v1/projections/workspaces/{WORKSPACE}/subscription"
    if host.get(at, owner).json()["status"] != "active":
        body = {"plan": "pro-monthly", "gateway": "sandbox", **_back()}
        checkout = f"/v1/billing/workspaces/{WORKSPACE}/checkout"
        url = _answered(host.command("POST", checkout, owner, f"showcase-{now}", body))["url"]
        host.press(url, "Approve")
        _answered(
            host.command(
                "POST",
                f"/v1/billing/workspaces/{WORKSPACE}/reconcile",
                owner,
                f"showcase-reconcile-{now}",
            )
        )
    _use(host, now)
    body = {"addon": ADDON, **_back()}
    host.command("POST", f"/v1/addons/workspaces/{WORKSPACE}/purchases", owner, "showcase", body)


def _use(host: Host, now: datetime) -> None:
    """More on weekdays. Ids are of their day, so that nothing counts twice."""
    service = host.token(roles=["service"])
    events = []
    for ago in range(DAYS):
        day = now - timedelta(days=ago, minutes=1)
        busy = 8 if day.weekday() >= 5 else 20 + (day.day * 7) % 23
        for number in range(busy):
            common = {"workspace_id": WORKSPACE, "occurred_at": rfc3339(day)}
            name = f"demo-{day.date()}-{number}"
            events.append({**common, "id": f"{name}-c", "metric": "conversation"})
            events += [
                {**common, "id": f"{name}-m{turn}", "metric": "message"} for turn in range(3)
            ]
    for start in range(0, len(events), BATCH):
        body = {"events": events[start : start + BATCH]}
        _answered(host.send("POST", "/v1/metering/events", service, json=body))


def _back() -> dict[str, str]:
    return {"success_url": RETURN, "cancel_url": RETURN}


def _answered(response: Any) -> Any:
    if response.status_code >= 400:
        raise Unexpected(f"the showcase: {response.status_code} {response.text[:300]}")
    return response.json()
