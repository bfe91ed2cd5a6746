"""Everything that the sandbox serves under `/sandbox`. No token guards it: development only."""

from __future__ import annotations

from fastapi import APIRouter

from gateways.sandbox.checkout_pages import checkout_pages
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.control import control_routes
from gateways.sandbox.hosted import Render
from gateways.sandbox.invoice_pages import invoice_pages
from gateways.sandbox.portal_pages import portal_pages


def sandbox_router(client: SandboxClient, render: Render) -> APIRouter:
    router = APIRouter()
    router.include_router(checkout_pages(client, render))
    router.include_router(portal_pages(client, render))
    router.include_router(invoice_pages(client, render))
    router.include_router(control_routes(client, render))
    return router
