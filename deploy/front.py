"""What people see: the pages, and the links that let them in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

import httpx

from deploy.security import Security
from deploy.setting_types import pairs
from deploy.settings import Settings
from kernel.clock import Clock
from pages import wiring
from pages.rendering import Renderer
from pages.wiring import Pages
from runtime.postgres.database import Database
from runtime.web.openid import OpenIdProvider
from services.billing.application.page_links import PageLinks, Visitor
from services.billing.application.staff_roles import StaffRoles
from services.billing.http.staff_sign_in import CALLBACK, HERE, LEAVE, StaffSignIn

# It is read from a terminal, and perhaps after a demo.
PRINTED_LINK = timedelta(days=1)


class Front:
    """`database` is billing's, where the links are kept."""

    def __init__(
        self,
        settings: Settings,
        security: Security,
        clock: Clock,
        database: Callable[[], Database],
    ) -> None:
        self._settings = settings
        self._security = security
        self._clock = clock
        self._database = database

    @cached_property
    def links(self) -> PageLinks:
        origin, mint = self._settings.origin, self._security.mint
        return PageLinks(self._database(), self._clock, origin, mint)

    @cached_property
    def staff_sign_in(self) -> StaffSignIn | None:
        """None where people of the platform come by printed links alone."""
        settings = self._settings
        if not settings.oidc_issuer:
            return None
        provider = OpenIdProvider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            redirect_uri=settings.origin + CALLBACK,
            scope=settings.oidc_scope,
        )
        roles = StaffRoles(settings.oidc_groups_claim, pairs(settings.oidc_roles))
        return StaffSignIn(provider, roles, settings.origin)

    @cached_property
    def renderer(self) -> Renderer:
        """The hosted pages of development are rendered by it too."""
        return Renderer(self._clock)

    def link(self, person: str, role: str, workspace: str = "") -> str:
        """For a day, and as often as that is printed: for whoever runs a development system."""
        visitor = Visitor(person, role, workspace, self._settings.app_url)
        return self.links.issue(visitor, PRINTED_LINK).url

    def pages(self, transport: httpx.AsyncBaseTransport | None = None) -> Pages:
        """Without a transport they reach the APIs at the origin."""
        settings = self._settings
        return wiring.build(
            url=settings.own_origin if transport else settings.api_url or settings.origin,
            origin=settings.origin,
            app_url=settings.app_url,
            sign_in_url=HERE if settings.oidc_issuer else "",
            sign_out_url=LEAVE if settings.oidc_issuer else "",
            renderer=self.renderer,
            transport=transport,
        )
