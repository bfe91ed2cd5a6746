"""The catalogue of a fresh installation."""

from __future__ import annotations

from services.billing.domain.plan.create import PlanDefinition
from services.billing.domain.terms import REMOVE_BRANDING, Price, Terms

FREE = PlanDefinition(
    "free",
    "Free",
    Price(0, "USD", "month"),
    Terms(
        monthly_conversations=50,
        features={REMOVE_BRANDING: False},
        limits={"agents": 1, "members": 1, "integrations": 1},
    ),
    is_default=True,
)
PRO_TERMS = Terms(
    monthly_conversations=2_000,
    monthly_messages=50_000,
    max_tokens_per_response=2_000,
    features={REMOVE_BRANDING: True},
    limits={"agents": 10, "members": 10, "integrations": 20},
    family="pro",
)
SEEDS = (
    FREE,
    PlanDefinition("pro-monthly", "Pro", Price(49_00, "USD", "month"), PRO_TERMS),
    PlanDefinition("pro-yearly", "Pro, yearly", Price(490_00, "USD", "year"), PRO_TERMS),
    PlanDefinition(
        "enterprise",
        "Enterprise",
        Price(0, "USD", "year"),
        Terms(
            monthly_conversations=0,
            max_tokens_per_response=8_000,
            features={REMOVE_BRANDING: True},
            limits={"agents": None, "members": None, "integrations": None},
        ),
    ),
)
