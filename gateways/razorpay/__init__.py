"""Razorpay through its SDK: plans, subscriptions and payment links."""

from gateways.razorpay.checkout_pages import checkout_pages
from gateways.razorpay.client import RazorpayClient
from gateways.razorpay.gateway import build

__all__ = ["RazorpayClient", "build", "checkout_pages"]
