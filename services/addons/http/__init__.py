"""The add-on commands over HTTP."""

from services.addons.http.catalogue import catalogue_router
from services.addons.http.purchases import decisions_router, purchasing_router
from services.addons.http.return_page import PATH as RETURN_PATH
from services.addons.http.return_page import return_page
from services.addons.http.top_ups import top_ups_router

__all__ = [
    "RETURN_PATH",
    "catalogue_router",
    "decisions_router",
    "purchasing_router",
    "return_page",
    "top_ups_router",
]
