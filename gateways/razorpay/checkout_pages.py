"""The checkout page with Razorpay's Checkout.js, and the address that it returns to.

Coming back proves nothing about the subscription's state, which is fetched; the signature only
decides where the payer is sent.
"""

from __future__ import annotations

import html
import json
import secrets
from string import Template
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from gateways.port import InvalidSignature
from gateways.razorpay.checkouts import checkout_url
from gateways.razorpay.client import RazorpayClient
from gateways.razorpay.hosted_checkouts import HostedCheckout, HostedCheckouts

_SCRIPT = "https://checkout.razorpay.com/v1/checkout.js"
_LARGEST_FORM = 16 * 1024
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Payment</title>
</head>
<body>
<p>If no payment window opens, <a href="$hosted_url">pay on Razorpay's page</a>
or <a href="$cancel_url">go back</a>.</p>
<script nonce="$nonce" src="$script"></script>
<script nonce="$nonce">
const options = $options;
options.modal = { ondismiss: () => window.location.assign($cancelled) };
new Razorpay(options).open();
</script>
</body>
</html>
""")

# No form-action: browsers apply it to where the return redirects, too.
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' https://*.razorpay.com; "
    "style-src 'unsafe-inline' https://*.razorpay.com; img-src data: https:; "
    "font-src data: https:; connect-src https://*.razorpay.com; "
    "frame-src https://*.razorpay.com; frame-ancestors 'none'; base-uri 'none'"
)


async def _form(request: Request) -> dict[str, str]:
    """Read by hand: forms in FastAPI need a parser for uploads, which nothing else here uses."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM:
            raise InvalidSignature
    return dict(parse_qsl(body.decode("utf-8", "replace")))


Form = Annotated[dict[str, str], Depends(_form)]


def checkout_pages(client: RazorpayClient, public_url: str) -> APIRouter:
    """Serve it at the root of the `public_url` that the gateway was given."""
    router = APIRouter(prefix="/razorpay/checkout", include_in_schema=False)
    checkouts = HostedCheckouts(client)

    @router.get("/{subscription}")
    def show(subscription: str) -> Response:
        checkout = checkouts.get(subscription)
        if checkout.status == "open":
            return _page(checkout, f"{checkout_url(public_url, subscription)}/return")
        paid = checkout.status == "complete"
        return RedirectResponse(checkout.success_url if paid else checkout.cancel_url, 303)

    @router.post("/{subscription}/return")
    def returned(subscription: str, form: Form) -> Response:
        """Razorpay posts `error[...]` fields instead when the payment failed."""
        checkout = checkouts.get(subscription)
        payment, signature = form.get("razorpay_payment_id"), form.get("razorpay_signature")
        if not payment or not signature:
            return RedirectResponse(checkout.cancel_url, 303)
        checkouts.verify(subscription, payment, signature)
        return RedirectResponse(checkout.success_url, 303)

    return router


def _page(checkout: HostedCheckout, callback_url: str) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    options = {
        "key": checkout.key_id,
        "subscription_id": checkout.subscription,
        "callback_url": callback_url,
        "redirect": True,
    }
    text = _PAGE.substitute(
        nonce=nonce,
        script=_SCRIPT,
        options=_script_json(options),
        cancelled=_script_json(checkout.cancel_url),
        hosted_url=html.escape(checkout.hosted_url),
        cancel_url=html.escape(checkout.cancel_url),
    )
    headers = {
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(text, headers=headers)


def _script_json(value: object) -> str:
    """JSON that can't end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
