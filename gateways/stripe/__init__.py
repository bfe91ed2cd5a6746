"""Stripe, API 2026-10-28.endive. The only package that imports the `stripe` SDK."""

from gateways.stripe.adapter import StripeGateway

__all__ = ["StripeGateway"]
