"""Which payment gateways are on: those whose keys are set, and in development the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from fastapi import APIRouter

from deploy.data_directory import development_secret
from deploy.setting_types import several
from deploy.settings import Settings
from gateways import sandbox
from gateways.port import Gateway
from gateways.sandbox import Render, SandboxClient, SandboxDeliveries, SandboxState, sandbox_router
from kernel.clock import Clock

if TYPE_CHECKING:
    from gateways.razorpay import RazorpayClient

# An adapter is imported when its gateway is configured: the SDKs take a second to load, and a
# third of the process's memory.


@dataclass(frozen=True)
class SandboxParts:
    gateway: Gateway
    router: APIRouter
    deliveries: SandboxDeliveries


def build_sandbox(settings: Settings, clock: Clock, render: Render) -> SandboxParts | None:
    """None where it is off, and always in production."""
    if settings.sandbox is None:
        return None
    secret = development_secret(settings, "sandbox-webhook").hex()
    state = SandboxState(settings.data_dir / "sandbox.sqlite", clock)
    client = SandboxClient(state, settings.origin, clock, settings.sandbox)
    deliveries = SandboxDeliveries(state, f"{settings.own_origin}/webhooks/sandbox", secret)
    return SandboxParts(sandbox.build(client, [secret]), sandbox_router(client, render), deliveries)


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


def checkout_page_routers(settings: Settings, clock: Clock) -> list[APIRouter]:
    """Checkout pages that a gateway needs on our origin."""
    if not settings.razorpay_key_id:
        return []
    from gateways.razorpay import checkout_pages

    return [checkout_pages(_razorpay_client(settings, clock), settings.origin)]


def _stripe(settings: Settings, clock: Clock) -> Gateway | None:
    if not settings.stripe_api_key:
        return None
    from gateways import stripe

    base = settings.stripe_api_base or None
    client = stripe.StripeClient(
        settings.stripe_api_key,
        clock=clock,
        api_base=base,
        installation=settings.installation_id,
    )
    return stripe.build(client, several(settings.stripe_webhook_secret), taxes=settings.stripe_tax)


def _paypal(settings: Settings, clock: Clock) -> Gateway | None:
    if not settings.paypal_client_id:
        return None
    from gateways import paypal

    client = paypal.PayPalClient(
        settings.paypal_client_id,
        settings.paypal_client_secret,
        clock=clock,
        **_base(settings.paypal_api_base),
    )
    tax = Decimal(str(settings.paypal_tax_percentage))
    return paypal.build(
        client,
        several(settings.paypal_webhook_id),
        tax_percentage=tax,
        cancels_at_period_end=settings.paypal_cancel_at_period_end,
    )


def _razorpay(settings: Settings, clock: Clock) -> Gateway | None:
    if not settings.razorpay_key_id:
        return None
    from gateways import razorpay

    secrets = several(settings.razorpay_webhook_secret)
    client = _razorpay_client(settings, clock)
    return razorpay.build(client, secrets, public_url=settings.origin)


def _razorpay_client(settings: Settings, clock: Clock) -> RazorpayClient:
    from gateways.razorpay import RazorpayClient

    return RazorpayClient(
        settings.razorpay_key_id,
        settings.razorpay_key_secret,
        clock=clock,
        **_base(settings.razorpay_api_base),
    )


class _Base(TypedDict, total=False):
    api_base: str


def _base(url: str) -> _Base:
    """Empty leaves the adapter's own default: the live gateway."""
    return {"api_base": url} if url else {}
