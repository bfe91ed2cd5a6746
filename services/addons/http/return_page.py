"""Where a payer lands whose host named no page of its own."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

PATH = "/v1/addons/return"
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>Payment</title></head>'
    "<body><main><h1>Thank you</h1><p>Your payment provider has your answer. What you bought shows "
    "in your workspace as soon as the payment is confirmed; you can close this page.</p></main>"
    "</body></html>"
)


def return_page() -> APIRouter:
    """The same for everybody, and for every purchase: whoever opens it proves nothing."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH, response_class=HTMLResponse)
    def show() -> str:
        return PAGE

    return router
