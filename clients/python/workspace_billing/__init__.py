"""A client of the workspace billing API: `Billing`, and `AsyncBilling` with the same methods."""

from workspace_billing import errors, models
from workspace_billing.aio.client import AsyncBilling
from workspace_billing.blocking.client import Billing
from workspace_billing.breaker import Breaker
from workspace_billing.checks import Check
from workspace_billing.failures import ApiError, BillingError, Unreachable
from workspace_billing.money import Money
from workspace_billing.retries import Retries
from workspace_billing.spool import Sending, Spool
from workspace_billing.tokens import ServiceTokens

__all__ = [
    "ApiError",
    "AsyncBilling",
    "Billing",
    "BillingError",
    "Breaker",
    "Check",
    "Money",
    "Retries",
    "Sending",
    "ServiceTokens",
    "Spool",
    "Unreachable",
    "errors",
    "models",
]
