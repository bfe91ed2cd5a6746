"""PayPal over its REST API: catalogue products, billing plans, subscriptions and orders."""

from gateways.paypal.adapter import PayPalGateway

__all__ = ["PayPalGateway"]
