"""What a workspace wants to be told by mail, and in which language."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.openapi import means
from services.notifications.application.people.contacts import Contacts
from services.notifications.domain.notice import Language
from services.notifications.http.bodies import Body

Optional = Literal["quota_reached", "meter_reached", "trial_ending", "payment_recovered"]
Without = Annotated[
    list[Optional],
    Field(max_length=4),
    means("What it does without; the rest concerns its money or its access.", ["quota_reached"]),
]
Chosen = Annotated[Language, means("Of its mails.", "de")]


class MailPreferences(Body):
    """All of them: what is left out is as it was in the beginning."""

    language: Chosen = "en"
    without: Without = Field(default_factory=list)


class MailPreferencesBody(BaseModel):
    """What a workspace is told by mail. It goes to its `billing_email`."""

    language: Chosen
    without: Annotated[list[str], means("What it does without.", ["quota_reached"])]


def preferences_router(access: Access, contacts: Contacts) -> APIRouter:
    router = command_router(
        None, None, prefix="/v1/notifications/workspaces", tags=["notifications"]
    )

    @router.get("/{ws}/preferences")
    def get_mail_preferences(
        ws: str, _: Principal = access.workspace_admin_or_support
    ) -> MailPreferencesBody:
        """What a workspace is told by mail, and in which language."""
        return _shown(contacts, ws)

    @router.put("/{ws}/preferences")
    def put_mail_preferences(
        ws: str, body: MailPreferences, _: Principal = access.workspace_admin_or_support
    ) -> MailPreferencesBody:
        """Choose the language of a workspace's mails, and what it does without."""
        contacts.prefer(ws, body.language, sorted(set(body.without)))
        return _shown(contacts, ws)

    return router


def _shown(contacts: Contacts, workspace: str) -> MailPreferencesBody:
    found = contacts.of(workspace)
    return MailPreferencesBody.model_validate(
        {"language": found.language, "without": list(found.without)}
    )
