"""What billing can be asked to do."""

from services.billing.application.billing import Billing
from services.billing.application.doctor import Doctor
from services.billing.application.findings import Finding, Report
from services.billing.application.plans import Plans
from services.billing.domain.plan.change import PlanChange

__all__ = ["Billing", "Doctor", "Finding", "PlanChange", "Plans", "Report"]
