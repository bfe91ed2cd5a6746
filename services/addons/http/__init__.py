"""The add-on commands over HTTP."""

from services.addons.http.catalogue import catalogue_router
from services.addons.http.purchases import buying_router, deciding_router

__all__ = ["buying_router", "catalogue_router", "deciding_router"]
