"""Webhook endpoints and mail preferences over HTTP."""

from services.notifications.http.endpoints import endpoints_router
from services.notifications.http.preferences import preferences_router

__all__ = ["endpoints_router", "preferences_router"]
