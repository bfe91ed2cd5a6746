"""The three companies that the sandbox can imitate: what they can do and their own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateways.port import Capabilities
from gateways.port.offerings import (
    PAYPAL,
    PAYPAL_COUPONS,
    RAZORPAY,
    RAZORPAY_COUPONS,
    STRIPE,
)
from gateways.sandbox.simulation.records import Phase

ProfileName = Literal["stripe", "paypal", "razorpay"]


@dataclass(frozen=True, slots=True)
class Profile:
    """`closes_pages`: whether an open page can be abandoned at all. `paid_with`: how all pay, where
    that decides what can be changed."""

    capabilities: Capabilities
    words: dict[Phase, str]
    closes_pages: bool
    paid_with: str = ""


PROFILES: dict[ProfileName, Profile] = {
    "stripe": Profile(
        Capabilities(
            cancels="period_end",
            resume=True,
            swap_in_place=True,
            saved_method_charge=True,
            portal=True,
            archive_price=True,
            proration_preview=True,
            offers=STRIPE,
        ),
        {
            "active": "active",
            "past_due": "past_due",
            "suspended": "unpaid",
            "cancelled": "canceled",
        },
        closes_pages=True,
    ),
    "paypal": Profile(
        Capabilities(
            cancels="immediately", archive_price=True, offers=PAYPAL, coupons=PAYPAL_COUPONS
        ),
        {
            "active": "ACTIVE",
            "past_due": "ACTIVE",
            "suspended": "SUSPENDED",
            "cancelled": "CANCELLED",
        },
        closes_pages=False,
    ),
    "razorpay": Profile(
        Capabilities(
            cancels="period_end", archive_price=False, offers=RAZORPAY, coupons=RAZORPAY_COUPONS
        ),
        {
            "active": "active",
            "past_due": "pending",
            "suspended": "halted",
            "cancelled": "cancelled",
        },
        closes_pages=True,
        paid_with="upi",
    ),
}
