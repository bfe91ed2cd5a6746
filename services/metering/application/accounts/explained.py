"""Refusals by declared meters, explained from history: nothing was written for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from kernel.clock import rfc3339
from kernel.month import Month
from runtime.postgres.database import Database
from services.metering.application.accounts.books import MAPPER
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.desk import terms_of
from services.metering.application.plan_history import PlanHistoryReader
from services.metering.application.turns import Turns
from services.metering.domain.accounts import account as accounts
from services.metering.domain.accounts import terms as given
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.decision import (
    PREFIX,
    AccountDecision,
    decision_id,
    read_decision,
)
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.identity import Identity
from services.metering.domain.quota import Plan

# All events of the workspace's declared meters, which lie side by side in the primary key.
_EVENTS = """
SELECT originator_id, originator_version, topic, state FROM metering_events
 WHERE originator_id BETWEEN %s AND %s AND notification_id <= %s AND topic = ANY (%s)
 ORDER BY notification_id
"""
_TOPICS = [kind.TOPIC for kind in accounts.EVENTS]


@dataclass(frozen=True, slots=True)
class IssuedAccountDecision:
    """A decision whose id was verified, with the key that made its check value."""

    id: str
    key_id: str
    decision: AccountDecision


class AccountDecisions:
    """`keys` make the check values of ids: secrets by their key id, newest first. `revision` is up
    to which plans are known."""

    def __init__(
        self,
        database: Database,
        keys: Mapping[str, str],
        turns: Turns,
        revision: Callable[[], int] = lambda: 0,
    ) -> None:
        self._turns = turns
        self._database = database
        self._plans = PlanHistoryReader(database)
        self._revision = revision
        self._key_ids = list(keys)
        self._secrets = [secret.encode() for secret in keys.values()]

    def issue(self, answer: AccountAnswer, month: Month, amount: int, now: datetime) -> str:
        account = answer.account
        decision = AccountDecision(
            *(account.workspace, account.meter, str(month), amount, answer.position),
            *(self._revision(), rfc3339(now)),
        )
        return decision_id(decision, self._secrets[0])

    @staticmethod
    def issued(identifier: str) -> bool:
        """Whether it looks like one of these."""
        return identifier.startswith(PREFIX)

    def read(self, identifier: str) -> IssuedAccountDecision:
        """Raises DecisionNotFound for an id that was not issued here."""
        decision, number = read_decision(identifier, self._secrets)
        return IssuedAccountDecision(identifier, self._key_ids[number], decision)

    def explain(self, issued: IssuedAccountDecision) -> dict[str, Any]:
        """What was true at the positions that the decision names. Raises Unavailable while many
        are being explained, DecisionTooLarge when it takes too long."""
        with self._turns.taken():
            return self._explained(issued)

    def _explained(self, issued: IssuedAccountDecision) -> dict[str, Any]:
        decision = issued.decision
        account = self._account(decision)
        plan, terms = self._terms(decision)
        at = datetime.fromisoformat(decision.at)
        room = given.room(account, terms, decision.month, at)
        used, held = account.used(decision.month), account.held(decision.month)
        return {
            "id": issued.id,
            "key_id": issued.key_id,
            "workspace_id": decision.workspace,
            "meter": decision.meter,
            "month": decision.month,
            "amount": decision.amount,
            "allowed": room.fits(decision.amount),
            "used": used,
            "reserved": held,
            "limit": terms.limit(account),
            "credits": room.credits,
            "overdrawn": room.debt,
            "remaining": room.remaining,
            "plan": plan.slug,
            "at": decision.at,
            "resets_at": rfc3339(Month.parse(decision.month).end),
            "known": {
                "usage": f"metering:{decision.position}",
                "limits": decision.plan_revision,
            },
            "explanation": (
                f"{decision.amount} of {decision.meter} were asked for, and {room.remaining} were "
                f"left in {decision.month} on plan {plan.slug!r}: {used} used and {held} reserved "
                f"of {terms.limit(account)}, {room.credits} credits, {room.debt} overdrawn."
            ),
        }

    def _terms(self, decision: AccountDecision) -> tuple[Plan, Terms]:
        plan = self._plans.plan(
            decision.workspace, decision.plan_revision, datetime.fromisoformat(decision.at)
        )
        overdraft = self._plans.overdraft(decision.meter, decision.plan_revision)
        return plan, terms_of(plan, decision.meter, overdraft)

    def _account(self, decision: AccountDecision) -> Account:
        identity = Identity(decision.workspace)
        facts = (identity.first, identity.last, decision.position, _TOPICS)
        account = Account(decision.workspace, decision.meter)
        for stream, version, topic, state in self._database.tuples(_EVENTS, facts):
            event = MAPPER.to_domain_event(
                StoredEvent(str(UUID(str(stream))), version, topic, bytes(state))
            )
            if (event.workspace, event.meter) == (account.workspace, account.meter):
                account = accounts.evolve(account, event)
        return account
