"""Which function of the double answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.support.stripe_shapes import Record
from tests.support.stripe_store import Refusal, Store

Params = dict[str, Any]
Handler = Callable[..., Record]

_ROUTES: list[tuple[str, str, Handler]] = []


def route(verb: str, template: str) -> Callable[[Handler], Handler]:
    """`template` is a path of Stripe's OpenAPI document; its names are positional arguments."""

    def register(handler: Handler) -> Handler:
        _ROUTES.append((verb, template, handler))
        return handler

    return register


def find(verb: str, path: str) -> tuple[str, Callable[[Store, Params], Record]]:
    """The template and the handler; literal paths win over those with names."""
    for known, template, handler in sorted(_ROUTES, key=lambda each: each[1].count("{")):
        match = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), path)
        if known == verb and match is not None:
            return template, _bound(handler, match.groups())
    raise Refusal(404, f"Unrecognized request URL ({verb}: {path}).")


def _bound(handler: Handler, names: tuple[str, ...]) -> Callable[[Store, Params], Record]:
    def answer(store: Store, params: Params) -> Record:
        return handler(store, params, *names)

    return answer
