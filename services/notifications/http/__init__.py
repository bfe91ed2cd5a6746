"""Webhook endpoints and mail over HTTP."""

from services.notifications.http.endpoints import endpoints_router
from services.notifications.http.mails import mails_router
from services.notifications.http.preferences import preferences_router

__all__ = ["endpoints_router", "mails_router", "preferences_router"]
