"""Stripe, API 2026-10-28.endive. The only package that imports the `stripe` SDK."""

from gateways.stripe.client import StripeClient
from gateways.stripe.gateway import build

__all__ = ["StripeClient", "build"]
