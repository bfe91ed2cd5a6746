"""The HTTP surface of metering."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from kernel.errors import Forbidden
from runtime.web.auth import Access, Authenticator, Principal
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import refuses
from services.metering.application.accounts.parts import Accounts
from services.metering.application.catching_up import CatchingUp
from services.metering.application.conversations import Conversations
from services.metering.application.decisions import Decisions
from services.metering.application.metering import Metering
from services.metering.application.releases import Releases
from services.metering.domain.errors import DecisionNotFound, DecisionTooLarge
from services.metering.http.account_answers import AccountAnswers
from services.metering.http.callers import Callers
from services.metering.http.checks import Checks
from services.metering.http.conversations import ConversationRoutes
from services.metering.http.direct import DirectRouter
from services.metering.http.entitlements import EntitlementsOf
from services.metering.http.explained import ExplainedAccountDecision, ExplainedDecision
from services.metering.http.messages import MessageRoutes
from services.metering.http.refusals import Refusals
from services.metering.http.reservations import ReservationRoutes
from services.metering.http.usage import UsageRoutes

OfDecision = Annotated[
    str, Path(description="An `X-Decision-Id`.", examples=["eyJ3IjoiYWNtZSJ9.c2ln"])
]
_DECISION_READERS = ("service", "support", "super_admin", "auditor")


def build_router(
    metering: Metering,
    conversations: Conversations,
    decisions: Decisions,
    catching_up: CatchingUp,
    releases: Releases,
    accounts: Accounts,
    access: Access,
    authenticator: Authenticator,
    keys: IdempotencyKeys,
) -> DirectRouter:
    router = DirectRouter(
        "/v1/metering", ["metering"], Callers(authenticator, access.rates), keys, catching_up
    )
    refusals = Refusals(metering, decisions, releases)
    Checks(metering, refusals, EntitlementsOf(metering, accounts.desk)).add_to(router)
    MessageRoutes(metering, refusals).add_to(router)
    ConversationRoutes(metering, conversations, refusals, access.rates).add_to(router)
    _add_accounts(router, accounts, access, releases)

    @router.get(
        "/decisions/{decision_id}",
        response_model=ExplainedDecision | ExplainedAccountDecision,
        openapi_extra=refuses(DecisionNotFound, DecisionTooLarge),
    )
    def explain_decision(
        decision_id: OfDecision, principal: Principal = access.authenticated
    ) -> dict[str, Any]:
        """Why was a request refused? Rebuilt from history, for services, platform admins, auditors
        and members of the workspace."""
        if accounts.decisions.issued(decision_id):
            by_account = accounts.decisions.read(decision_id)
            _may_read(principal, by_account.decision.workspace)
            return accounts.decisions.explain(by_account)
        issued = decisions.read(decision_id)
        _may_read(principal, issued.decision.workspace)
        return decisions.explain(issued)

    return router


def _may_read(principal: Principal, workspace: str) -> None:
    """Raises Forbidden."""
    if not principal.is_any_of(*_DECISION_READERS) and not principal.is_member_of(workspace):
        raise Forbidden


def _add_accounts(
    router: DirectRouter, accounts: Accounts, access: Access, releases: Releases
) -> None:
    answers = AccountAnswers(accounts.desk, accounts.decisions, releases)
    UsageRoutes(accounts.usage, answers).add_to(router)
    ReservationRoutes(accounts.reserved, answers, access.rates).add_to(router)
