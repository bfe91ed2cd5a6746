"""What the pages tell while the APIs behind them are out of order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from kernel.clock import utc_clock
from pages import wiring
from pages.rendering import Renderer
from pages.session import Session
from runtime.web.tokens import Mint
from tests.support.tokens import SECRET

ORIGIN = "http://testserver"
TOKEN = Mint(SECRET)("ann", utc_clock() + timedelta(days=1), workspaces={"acme": "owner"})
FORM = Session(TOKEN, "ann", "owner", "acme", "", 0).form_token


def answering(status: int, code: str) -> FastAPI:
    """APIs that say the same to everything."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    def answer(path: str) -> JSONResponse:
        return JSONResponse({"error": {"code": code, "message": path}}, status)

    return app


@pytest.fixture
def out_of_order(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    transport = httpx.ASGITransport(answering(*request.param))
    pages = wiring.build(
        url=ORIGIN, origin=ORIGIN, renderer=Renderer(utc_clock), transport=transport
    )
    app = FastAPI()
    for router in pages.routers:
        app.include_router(router)
    cookies = {"billing_member": TOKEN}
    with TestClient(app, cookies=cookies, follow_redirects=False) as browser:
        yield browser


def in_state(status: int, code: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("out_of_order", [(status, code)], indirect=True)


@in_state(500, "internal_error")
def test_a_page_is_still_a_page(out_of_order: TestClient) -> None:
    answer = out_of_order.get("/pricing?interval=year")
    assert answer.status_code == 503
    assert 'href="/pricing?interval=year"' in answer.text


@in_state(500, "internal_error")
def test_nobody_is_told_that_nothing_was_done(out_of_order: TestClient) -> None:
    answer = out_of_order.post("/app/billing/cancel", data={"form_token": FORM})
    assert answer.headers["location"] == "/app/billing?refused=unknown_outcome"


@in_state(409, "cannot_resume")
def test_a_refusal_is_told_by_its_name(out_of_order: TestClient) -> None:
    answer = out_of_order.post("/app/billing/resume", data={"form_token": FORM})
    assert answer.headers["location"] == "/app/billing?refused=cannot_resume"


@in_state(401, "unauthenticated")
def test_a_session_that_the_apis_do_not_know_is_over(out_of_order: TestClient) -> None:
    answer = out_of_order.post("/app/billing/cancel", data={"form_token": FORM})
    assert answer.status_code == 401
    assert "acme" not in answer.text
