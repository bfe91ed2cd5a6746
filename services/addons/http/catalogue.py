"""The catalogue's commands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.errors import Limit, page
from runtime.web.idempotency import IdempotencyKeys
from services.addons.application.catalogue import Catalogue
from services.addons.http import refusals
from services.addons.http.answers import AddonBody, AddonsBody, addon_body
from services.addons.http.requests import ChangeAddon, CreateAddon

SlugCursor = Annotated[
    str, Query(pattern=r"^[a-z0-9-]{0,64}$", description="`next` of the page before.")
]
OfAddon = Annotated[
    str, Path(description="The slug of an add-on.", examples=["professional-ai-setup"])
]


def catalogue_router(
    store: EventStore, keys: IdempotencyKeys, access: Access, catalogue: Catalogue
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/addons/catalog", tags=["add-ons"])

    @router.get("")
    def list_addons(
        limit: Limit = 50, cursor: SlugCursor = "", _: Principal = access.super_admin
    ) -> AddonsBody:
        """The catalogue of add-ons. All of them, by slug."""
        found = [addon_body(entry) for entry in catalogue.entries(cursor, limit + 1)]
        return AddonsBody(**page(found, limit, lambda entry: str(entry.slug)))

    @router.post("", status_code=201, openapi_extra=refusals.OF_NEW_ADDONS)
    def create_addon(body: CreateAddon, principal: Principal = access.super_admin) -> AddonBody:
        """Sell an add-on. One that is not active waits until it is."""
        return addon_body(catalogue.create_addon(body.entry(), principal.cause()))

    @router.patch("/{slug}", openapi_extra=refusals.OF_CHANGES)
    def change_addon(
        slug: OfAddon, body: ChangeAddon, principal: Principal = access.super_admin
    ) -> AddonBody:
        """Change an add-on. What was bought stays as it was bought."""
        return addon_body(catalogue.change_addon(slug, body.changes(), principal.cause()))

    return router
