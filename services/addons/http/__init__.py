"""The add-on commands over HTTP."""

from services.addons.http.catalogue import catalogue_router
from services.addons.http.purchases import decisions_router, purchasing_router

__all__ = ["catalogue_router", "decisions_router", "purchasing_router"]
