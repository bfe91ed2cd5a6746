"""The OpenAPI document, and a page that shows it without anybody else's scripts, or any inline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from deploy.described_events import described_events
from deploy.guide import add_guide
from runtime.web.openapi import completed

DESCRIPTION = """Plans, subscriptions, usage quotas and one-time services of workspaces.

Amounts are minor units of their currency, times RFC 3339 in UTC, months UTC calendar months such
as `2026-11`. Lists answer `{"data": [...], "next": cursor|null}`; the cursor goes back as
`?cursor=`. Every command answers `X-Event-Position`, and whoever reads with `?after=` of it sees
what the command did. Every POST that creates something honours `Idempotency-Key`. Every refusal is
`{"error": {"code", "message", "details"?}}`, and its codes are stable.
"""
ASSETS = "/static-offline-docs"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Workspace billing</title>
<link rel="icon" href="{ASSETS}/favicon.png">
<link rel="stylesheet" href="{ASSETS}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{ASSETS}/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# In the order in which somebody who integrates needs them.
TAGS = [
    {"name": name, "description": description}
    for name, description in (
        ("plans", "What is for sale: pricing for everybody, the catalogue for admins."),
        ("discounts", "Codes that take something off a plan's price."),
        ("subscriptions", "A workspace subscribes, changes, cancels, and sees what it has."),
        ("metering", "The host's hot path: may it start, may it send, what happened."),
        ("usage", "What was used, by day and by agent."),
        ("invoices", "What was billed, paid and given back."),
        ("add-ons", "Services that are bought once."),
        ("pages", "How people come to the pages that this system serves."),
        ("support", "Ways out of states that lead nowhere."),
        ("revenue", "Recurring revenue and the money beside it."),
        ("webhooks", "Where the payment gateways post."),
        ("notifications", "What a workspace is told by mail."),
        ("webhook endpoints", "Where hosts are told of events, signed, in order, at least once."),
        ("audit", "What happened, why, and the proof that nobody altered it."),
        ("operations", "Probes and metrics."),
    )
]
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""


def add_documents(app: FastAPI, dependencies: Sequence[Any]) -> None:
    """After all routes: the document is made once."""

    @cache
    def document() -> dict[str, Any]:
        return {**completed(app.openapi(), TAGS), "webhooks": described_events()}

    @cache
    def encoded() -> bytes:
        return json.dumps(document(), separators=(",", ":")).encode()

    @app.get("/openapi.json", include_in_schema=False, dependencies=dependencies)
    async def openapi() -> Response:
        return Response(encoded(), media_type="application/json")

    @app.get("/docs", include_in_schema=False, dependencies=dependencies)
    async def docs() -> Response:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    @app.get("/docs/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(START, media_type="text/javascript")

    add_guide(app, dependencies, document)
    app.mount(ASSETS, StaticFiles(directory=str(files("fastapi_offline") / "static")))
