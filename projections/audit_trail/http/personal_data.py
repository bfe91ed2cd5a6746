"""What is known of a workspace's people, and the proof that it is known no more."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, Field

from kernel.clock import Clock
from kernel.errors import NotFound
from projections.audit_trail.auditing import Auditor
from projections.audit_trail.personal_data import CERTIFICATE, NotErased
from runtime.web.auth import Access, Principal
from runtime.web.openapi import means, refuses

log = structlog.get_logger()
NAMES = {"billing_email": "ann@example.com"}
Timestamp = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}), means("When.", "2026-11-26T10:00:00Z")
]


class TextsOfEvent(BaseModel):
    """Texts that an event holds sealed, readable."""

    event: Annotated[str, means("Which.", "billing:42")]
    type: Annotated[str, means("Of it.", "billing.WorkspaceSettingsChanged.v1")]
    occurred_at: Timestamp
    texts: Annotated[
        dict[str, str | None], means("By field; what was erased reads `[erased]`.", NAMES)
    ]


class WebhookOfWorkspace(BaseModel):
    """What a gateway has posted of a workspace."""

    gateway: Annotated[str, means("Which.", "stripe")]
    id: Annotated[str, means("The webhook's id there.", "evt_1N8Zq2")]
    received_at: Timestamp
    body: Annotated[str, means("As it came; `[erased]` after an erasure.", "{}")]


class PersonalDataAnswer(BaseModel):
    """All that is known of a workspace's people (GDPR, articles 15 and 20)."""

    workspace: Annotated[str, means("Whose.", "acme")]
    at: Timestamp
    events: Annotated[list[TextsOfEvent], means("In the order of the logs.")]
    webhooks: Annotated[list[WebhookOfWorkspace], means("Oldest first.")]


class ErasureCertificate(BaseModel):
    """A signed statement that nobody can read a workspace's personal data (GDPR, article 17)."""

    format: Annotated[Literal["billing-erasure-certificate/1"], means("Of it.", CERTIFICATE)]
    workspace: Annotated[str, means("Whose.", "acme")]
    event: Annotated[str, means("The erasure.", "billing:43")]
    erased_at: Timestamp
    unreadable_texts: Annotated[int, means("How many texts of events no key opens.", 3)]
    unreadable_webhooks: Annotated[int, means("And how many webhooks.", 5)]
    at: Timestamp
    public_key: Annotated[str, means("Ed25519, hex: of the key that signed this.", "ef" * 32)]
    signature: Annotated[
        str,
        means("Ed25519, hex: over the JSON without it, sorted names, no spaces.", "ab" * 64),
    ]


def add_personal_data(routes: APIRouter, auditor: Auditor, access: Access, clock: Clock) -> None:
    super_admin: Any = access.super_admin

    @routes.get(
        "/workspaces/{ws}/personal-data",
        response_model=PersonalDataAnswer,
        openapi_extra=refuses(NotFound),
    )
    def show_personal_data(ws: str, principal: Principal = super_admin) -> dict[str, Any]:
        """All sealed texts of a workspace and what gateways have posted of it, readable: for the
        people themselves. Who asked is logged."""
        with auditor.sources.personal_data(ws) as data:
            data.require_known()
            log.info("personal_data_told", workspace=ws, caller=principal.subject)
            return data.told(clock())


def add_certificates(routes: APIRouter, auditor: Auditor, clock: Clock) -> None:
    @routes.get(
        "/workspaces/{ws}/erasure-certificate",
        response_model=ErasureCertificate,
        openapi_extra=refuses(NotFound, NotErased),
    )
    def certify_erasure(ws: str) -> dict[str, Any]:
        """A signed statement that nobody can read a workspace's personal data any more."""
        with auditor.sources.personal_data(ws) as data:
            data.require_known()
            return data.certificate(clock(), auditor.signer)
