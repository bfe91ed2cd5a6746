"""Which payment gateways are on: those whose keys are set, and in development the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from fastapi import APIRouter

from deploy.settings import Settings, development_secret
from gateways.port import Gateway
from gateways.sandbox import SandboxDeliveries, SandboxGateway, SandboxState, sandbox_router
from kernel.clock import Clock

# An adapter is imported when its gateway is configured: the SDKs take a second to load, and a
# third of the process's memory.


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
    deliveries = SandboxDeliveries(state, f"{settings.own_origin}/webhooks/sandbox", secret)
    return SandboxParts(gateway, sandbox_router(gateway), deliveries)


def build_gateways(
    settings: Settings, clock: Clock, sandbox: SandboxParts | None
) -> Mapping[str, Gateway]:
    """By name, in the order in which they are offered."""
    offered = (
        _stripe(settings, clock),
        _paypal(settings, clock),
        _razorpay(settings, clock),
        sandbox.gateway if sandbox else None,
    )
    return {gateway.name: gateway for gateway in offered if gateway is not None}


def gateway_pages(gateways: Mapping[str, Gateway]) -> list[APIRouter]:
    """Pages that a gateway needs on our origin."""
    if "razorpay" not in gateways:
        return []
    from gateways.razorpay import RazorpayGateway, razorpay_pages

    gateway = gateways["razorpay"]
    return [razorpay_pages(gateway)] if isinstance(gateway, RazorpayGateway) else []


def _stripe(settings: Settings, clock: Clock) -> Gateway | None:
    if not settings.stripe_api_key:
        return None
    from gateways.stripe import StripeGateway

    secrets, base = _several(settings.stripe_webhook_secret), settings.stripe_api_base
    return StripeGateway(settings.stripe_api_key, secrets, api_base=base or None, clock=clock)


def _paypal(settings: Settings, clock: Clock) -> Gateway | None:
    if not settings.paypal_client_id:
        return None
    from gateways.paypal import PayPalGateway

    return PayPalGateway(
        settings.paypal_client_id,
        settings.paypal_client_secret,
        _several(settings.paypal_webhook_id),
        clock=clock,
        **_base(settings.paypal_api_base),
    )


def _razorpay(settings: Settings, clock: Clock) -> Gateway | None:
    if not settings.razorpay_key_id:
        return None
    from gateways.razorpay import RazorpayGateway

    return RazorpayGateway(
        settings.razorpay_key_id,
        settings.razorpay_key_secret,
        _several(settings.razorpay_webhook_secret),
        clock=clock,
        public_url=settings.origin,
        **_base(settings.razorpay_api_base),
    )


class _Base(TypedDict, total=False):
    api_base: str


def _base(url: str) -> _Base:
    """Empty leaves the adapter's own default: the live gateway."""
    return {"api_base": url} if url else {}


def _several(secrets: str) -> list[str]:
    return [secret.strip() for secret in secrets.split(",") if secret.strip()]
