"""What billing can be asked to do."""

from services.billing.application.plans import PlanChange, Plans
from services.billing.application.seeds import PlanDraft

__all__ = ["PlanChange", "PlanDraft", "Plans"]
