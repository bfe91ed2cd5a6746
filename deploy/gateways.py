"""Which payment gateways are on: those whose keys are set, and in development the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from deploy.settings import Settings, development_secret
from gateways.paypal import PayPalGateway
from gateways.port import Gateway
from gateways.razorpay import RazorpayGateway
from gateways.sandbox import SandboxDeliveries, SandboxGateway, SandboxState, sandbox_router
from gateways.stripe import StripeGateway
from kernel.clock import Clock


@dataclass(frozen=True)
class SandboxParts:
    gateway: SandboxGateway
    router: APIRouter
    deliveries: SandboxDeliveries


def build_sandbox(settings: Settings, clock: Clock) -> SandboxParts | None:
    """None where it is off, and always in production."""
    if settings.sandbox is None:
        return None
    secret = development_secret(settings, "sandbox-webhook").hex()
    state = SandboxState(settings.data_dir / "sandbox.sqlite", clock)
    gateway = SandboxGateway(state, settings.origin, secret, clock, settings.sandbox)
    own_webhook = f"http://{settings.host}:{settings.port}/webhooks/sandbox"
    deliveries = SandboxDeliveries(state, own_webhook, secret)
    return SandboxParts(gateway, sandbox_router(gateway), deliveries)


def build_gateways(
    settings: Settings, clock: Clock, sandbox: SandboxParts | None
) -> Mapping[str, Gateway]:
    """By name, in the order in which they are offered."""
    gateways: dict[str, Gateway] = {}
    if settings.stripe_api_key:
        gateways["stripe"] = StripeGateway(
            settings.stripe_api_key,
            _several(settings.stripe_webhook_secret),
            api_base=settings.stripe_api_base or None,
            clock=clock,
        )
    if settings.paypal_client_id:
        gateways["paypal"] = PayPalGateway(
            settings.paypal_client_id,
            settings.paypal_client_secret,
            settings.paypal_webhook_id,
            settings.paypal_api_base,
            clock=clock,
        )
    if settings.razorpay_key_id:
        gateways["razorpay"] = RazorpayGateway(
            settings.razorpay_key_id,
            settings.razorpay_key_secret,
            _several(settings.razorpay_webhook_secret),
            settings.razorpay_api_base,
            clock=clock,
            public_url=settings.origin,
        )
    if sandbox is not None:
        gateways["sandbox"] = sandbox.gateway
    return gateways


def _several(secrets: str) -> list[str]:
    return [secret.strip() for secret in secrets.split(",") if secret.strip()]
