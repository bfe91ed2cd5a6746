"""PayPal over its REST API: catalogue products, billing plans, subscriptions and orders."""

from gateways.paypal.client import PayPalClient
from gateways.paypal.gateway import build

__all__ = ["PayPalClient", "build"]
