"""The meter `tokens`: declared, limited and read."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.metering_caller import Caller, caller, service_token


def declare(origin: str, slug: str = "tokens", **more: Any) -> Any:
    body = {"unit": slug, "aggregation": "sum", "dimensions": ["model"], **more}
    with caller(origin, service_token("super_admin")) as admin:
        return admin.http.put(f"/v1/metering/meters/{slug}", json=body)


def slugs(host: Caller) -> list[str]:
    return [meter["slug"] for meter in host.http.get("/v1/metering/meters").json()["data"]]


def figures(answer: httpx.Response) -> tuple[int, int | None, int | None]:
    body = answer.json()
    return body["used"], body["limit"], body["remaining"]


def quota(limit: int | None, mode: str = "hard") -> dict[str, Any]:
    return {"tokens": {"limit": limit, "mode": mode}}
