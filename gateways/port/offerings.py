"""What each company can do beside a plan, as its documents say: of the adapters and of the
sandbox's profiles alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateways.port.adjustments import Ability, CouponRule, Offered

NATIVE: Final = Offered("native")


def impossible(reason: str) -> Offered:
    return Offered("impossible", reason)


STRIPE: Final[Mapping[Ability, Offered]] = {
    "quantity_at_checkout": NATIVE,
    "quantity_change": NATIVE,
    "discount_at_checkout": NATIVE,
    "discount_change": NATIVE,
    "trial_at_checkout": NATIVE,
    "trial_change": NATIVE,
    "pause": NATIVE,
    "pause_until": NATIVE,
    "billing_profile": NATIVE,
    "tax": Offered("native", "Stripe Tax, where `BILLING_STRIPE_TAX` is on."),
}
_NO_QUANTITY = "It changes with the payer's consent alone. Cancel, and check out anew."
_NO_DISCOUNT = "A price there changes ten days later, and may not rise. Cancel, and check out anew."
PAYPAL: Final[Mapping[Ability, Offered]] = {
    "quantity_at_checkout": NATIVE,
    "quantity_change": impossible(_NO_QUANTITY),
    "discount_at_checkout": Offered(
        "emulated", "For ever and not of the whole; the payer sees only the lower price."
    ),
    "discount_change": impossible(_NO_DISCOUNT),
    "trial_at_checkout": Offered("emulated", "The first charge is put off."),
    "trial_change": impossible("A trial there can't be moved."),
    "pause": NATIVE,
    "pause_until": Offered("emulated", "We end the pause; PayPal plans none."),
    "billing_profile": impossible("Its payers keep their details with it."),
    "tax": Offered(
        "emulated",
        "One percentage that prices include, as `BILLING_PAYPAL_TAX_PERCENTAGE` says; nobody "
        "computes it.",
    ),
}
PAYPAL_COUPONS: Final = CouponRule(
    limited="PayPal lowers a price for ever or not at all.",
    full="Something has to be left to be charged.",
)
CARD, CARD_ABROAD = "card", "card_abroad"
RAZORPAY: Final[Mapping[Ability, Offered]] = {
    "quantity_at_checkout": NATIVE,
    "quantity_change": Offered(
        "per_subscription",
        "Only cards issued abroad allow it, from the next period on. Cancel, and check out anew.",
        methods=frozenset({CARD_ABROAD}),
        at="period_end",
    ),
    "discount_at_checkout": Offered(
        "native", "As an offer that was made in its dashboard; its invoices show the lower sum."
    ),
    "discount_change": Offered(
        "per_subscription",
        "Only cards allow it, from the next period on; UPI and mandates refuse it.",
        methods=frozenset({CARD, CARD_ABROAD}),
        at="period_end",
    ),
    "trial_at_checkout": NATIVE,
    "trial_change": impossible("UPI, mandates and domestic cards refuse it."),
    "pause": NATIVE,
    "pause_until": impossible("It plans no end of a pause. Unpause by hand."),
    "billing_profile": impossible("Its page asks the payer."),
    "tax": impossible("It adds none to subscriptions. Price with the tax included."),
}
RAZORPAY_COUPONS: Final = CouponRule(
    full="Something has to be left to be charged.",
    by_offer="Make the offer in its dashboard, and name it in the discount's `gateway_offers`.",
    lowering="End its discount before the quantity is lowered.",
)
