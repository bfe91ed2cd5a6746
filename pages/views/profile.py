"""`/app/billing/profile`: who pays, as invoices name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from pages.commands import refused
from pages.frame import Frame
from pages.rendering import see_other
from workspace_billing import ApiError, models

BACK = "/app/billing"
HERE = f"{BACK}/profile"
ADDRESS = ("country", "line1", "line2", "city", "postal_code", "state")
MOST_TAX_IDS = 5
OF_TAX_ID = re.compile(r"tax_ids\.(\d)\.(type|value)")


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.member(request)
        api = frame.api.using(session.token).api
        fields = filled(await api.get_billing_profile(session.workspace))
        return frame.html(request, "profile.html", session, **_shown(fields))

    @router.post(HERE)
    async def save(request: Request) -> Response:
        session = frame.sessions.member(request)
        fields = await frame.form(request, session)
        api = frame.api.using(session.token).api
        try:
            await api.set_billing_profile(session.workspace, **said(fields))
        except ApiError as error:
            wrong = wrong_fields(each["field"] for each in error.details.get("fields", []))
            if error.answered_code != "validation_failed" or not wrong:
                return refused(error, HERE)
            shown = _shown(fields, wrong)
            return frame.html(request, "profile.html", session, status=422, **shown)
        return see_other(BACK, done="saved")

    return router


def filled(profile: models.BillingProfile) -> dict[str, str]:
    """The fields of the form."""
    address = profile.address.model_dump() if profile.address else {}
    fields = {"name": profile.name, "email": profile.email or "", **address}
    for place, each in enumerate(profile.tax_ids):
        fields |= {f"tax_type_{place}": each.type, f"tax_value_{place}": each.value}
    return fields


def said(fields: Mapping[str, str]) -> Any:
    """What the form says, as the API takes it. An empty address is none, an empty number too."""
    address = {name: fields.get(name, "") for name in ADDRESS}
    return {
        "name": fields.get("name", ""),
        "email": fields.get("email") or None,
        "address": address if any(address.values()) else None,
        "tax_ids": [
            {"type": fields.get(f"tax_type_{place}", ""), "value": fields[f"tax_value_{place}"]}
            for place in _numbered(fields)
        ],
    }


def wrong_fields(named: Iterable[str]) -> set[str]:
    """Fields of the form, by those of the API's body."""
    found = set()
    for field in named:
        name = field.removeprefix("body.").removeprefix("address.")
        if number := OF_TAX_ID.match(name):
            found.add(f"tax_{number[2]}_{number[1]}")
        elif name in {"name", "email", *ADDRESS}:
            found.add(name)
    return found


def _numbered(fields: Mapping[str, str]) -> list[int]:
    return [place for place in range(MOST_TAX_IDS) if fields.get(f"tax_value_{place}")]


def _shown(fields: Mapping[str, str], wrong: Iterable[str] = ()) -> dict[str, Any]:
    """With one more line for a number than there are."""
    rows = min(len(_numbered(fields)) + 1, MOST_TAX_IDS)
    return {"fields": fields, "wrong": set(wrong), "rows": rows}
