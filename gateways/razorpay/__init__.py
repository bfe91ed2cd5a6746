"""Razorpay through its SDK: plans, subscriptions and payment links."""

from gateways.razorpay.adapter import RazorpayGateway
from gateways.razorpay.pages import razorpay_pages

__all__ = ["RazorpayGateway", "razorpay_pages"]
