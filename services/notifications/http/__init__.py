"""Webhook endpoints over HTTP."""

from services.notifications.http.endpoints import endpoints_router

__all__ = ["endpoints_router"]
