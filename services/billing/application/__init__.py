"""What billing can be asked to do."""

from services.billing.application.plans import PlanChange, Plans

__all__ = ["PlanChange", "Plans"]
