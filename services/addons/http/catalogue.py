"""The catalogue's commands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.errors import Limit, page
from runtime.web.idempotency import IdempotencyKeys
from services.addons.application.catalogue import Catalogue
from services.addons.http.answers import Answer, entry_answer
from services.addons.http.requests import ChangeAddon, CreateAddon

SlugCursor = Annotated[
    str, Query(pattern=r"^[a-z0-9-]{0,64}$", description="`next` of the page before.")
]


def catalogue_router(
    store: EventStore, keys: IdempotencyKeys, access: Access, catalogue: Catalogue
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/addons/catalog", tags=["add-ons"])

    @router.get("")
    def list_addons(
        limit: Limit = 50, cursor: SlugCursor = "", _: Principal = access.super_admin
    ) -> Answer:
        """All of them, by slug."""
        found = [entry_answer(entry) for entry in catalogue.entries(cursor, limit + 1)]
        return page(found, limit, lambda entry: str(entry["slug"]))

    @router.post("", status_code=201)
    def create_addon(body: CreateAddon, principal: Principal = access.super_admin) -> Answer:
        return entry_answer(catalogue.create_addon(body.entry(), principal.cause()))

    @router.patch("/{slug}")
    def change_addon(
        slug: str, body: ChangeAddon, principal: Principal = access.super_admin
    ) -> Answer:
        return entry_answer(catalogue.change_addon(slug, body.changes(), principal.cause()))

    return router
