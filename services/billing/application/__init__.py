"""What billing can be asked to do."""

from services.billing.application.billing import Billing
from services.billing.application.doctor import Doctor
from services.billing.application.findings import Finding, Report
from services.billing.application.plan_change import PlanChange
from services.billing.application.plans import Plans

__all__ = ["Billing", "Doctor", "Finding", "PlanChange", "Plans", "Report"]
