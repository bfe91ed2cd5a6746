"""What metering hears from billing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts import billing
from contracts.envelope import Envelope, EventData
from runtime.postgres.database import Database
from services.metering.policies import apply_policies
from tests.support.metering_caller import Caller
from tests.support.waiting import wait_until


@dataclass
class Billing:
    """Publishes to metering what billing would: plans, and who lives on which."""

    database_url: str
    sequence: int = 0
    default: str = "free"
    _limits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def plan(
        self,
        slug: str,
        conversations: int = 0,
        messages: int | None = None,
        *,
        is_default: bool = False,
        **more: Any,
    ) -> None:
        """Creates the plan, or changes its limits."""
        facts: dict[str, Any] = {
            "slug": slug,
            "family": None,
            "monthly_conversations": conversations,
            "monthly_messages": messages,
            "max_tokens_per_response": None,
            "features": {},
            "limits": {},
            **more,
        }
        if slug in self._limits:
            self.publish(billing.PlanLimitsChanged(**facts), slug)
        else:
            created: dict[str, Any] = {
                "name": slug,
                "price_cents": 0,
                "currency": "USD",
                "interval": "month",
                "is_active": True,
                "is_default": is_default,
            }
            self.publish(billing.PlanCreated(**facts, **created), slug)
        self._limits[slug] = facts

    def sell_by_unit(self, slug: str, *scales: str) -> None:
        per_unit = billing.PerUnit(unit="seat", min=1, max=None, scales=scales)
        terms: dict[str, Any] = {"trial_days": None, "trial_requires_card": True}
        self.publish(billing.PlanSaleTermsChanged(slug=slug, per_unit=per_unit, **terms), slug)

    def subscribe(
        self,
        workspace: str,
        plan: str,
        status: str = "active",
        quantity: int = 1,
        paused: billing.Pause | None = None,
    ) -> None:
        now = datetime.now(UTC)
        subscription = billing.Subscription.model_construct(
            workspace_id=workspace,
            plan=plan,
            status=status,
            gateway=None,
            started_at=now,
            quantity=quantity,
            paused=paused,
        )
        body = billing.PlanAssigned.model_construct(
            workspace_id=workspace, subscription=subscription
        )
        self.publish(body, workspace, workspace)

    def limit(
        self, host: Caller, conversations: int = 0, messages: int | None = None, **more: Any
    ) -> None:
        """Puts the host's workspace on a plan of its own with these limits, and waits."""
        plan = f"plan-of-{host.ws}"
        self.plan(plan, conversations, messages, **more)
        self.subscribe(host.ws, plan)
        expected = (plan, conversations or None, messages)
        wait_until(lambda: self._shown(host) == expected, f"{host.ws} has its limits")

    def override(self, host: Caller, **overrides: Any) -> None:
        """Replaces what holds for the host's workspace instead of its plan, and waits."""
        body = billing.WorkspaceOverridesChanged.model_validate(
            {"workspace_id": host.ws, **overrides}
        )
        self.publish(body, host.ws, host.ws)
        wait_until(lambda: host.entitlements()["overrides"] != [], f"{host.ws} has its overrides")

    @staticmethod
    def _shown(host: Caller) -> tuple[str, int | None, int | None]:
        body = host.entitlements()
        return body["plan"], body["limits"]["conversations"], body["limits"]["messages"]

    def publish(self, body: EventData, key: str, workspace: str = "") -> None:
        self.sequence += 1
        now = datetime.now(UTC)
        envelope = Envelope.model_construct(
            service="billing",
            sequence=self.sequence,
            type=body.TYPE,
            key=key,
            subject=workspace,
            time=now,
            recorded_at=now,
            data=body,
        )
        with (
            Database(self.database_url, "metering") as database,
            database.transaction(commit=True) as cursor,
        ):
            apply_policies(cursor, [envelope])
