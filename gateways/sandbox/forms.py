"""Posted forms and failed look-ups of the hosted pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, ParamSpec
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from gateways.port import GatewayRejected, ReferenceNotFound
from gateways.sandbox import html

LONGEST = 10_000
Arguments = ParamSpec("Arguments")


async def _fields(request: Request) -> dict[str, str]:
    """URL-encoded fields, the first value of each; what is too long or no text counts as empty."""
    raw = await request.body()
    text = raw[:LONGEST].decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text).items()}


Fields = Annotated[dict[str, str], Depends(_fields)]


def see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})


def explained(route: Callable[Arguments, Response]) -> Callable[Arguments, Response]:
    """Customers see what is wrong on a page, not in JSON."""

    @wraps(route)
    def answer(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
        try:
            return route(*args, **kwargs)
        except ReferenceNotFound:
            text = html.paragraph("There is no such page. The link may be incomplete.")
            return html.page("Not found", text, status=404)
        except GatewayRejected as refused:
            return html.page("That is not possible", html.error(refused.text), status=409)

    return answer
