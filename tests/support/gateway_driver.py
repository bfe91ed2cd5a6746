"""What a test does at a gateway as the customer, the bank, time and the network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from gateways.port import Checkout, Gateway

Fault = Literal[
    "timeout_after_effect",  # the effect happens, the answer is lost
    "timeout_before_effect",
    "server_error",
    "throttled",
    "html",
    "refused",  # connection refused
]
Delivery = tuple[bytes, dict[str, str]]
SavedCard = Literal["ok", "declined", "3ds"]
Signer = Literal["current", "previous", "foreign"]


class GatewayDriver(Protocol):
    """One per adapter. The double behind it is stateful and behaves like the documented gateway."""

    @property
    def gateway(self) -> Gateway: ...

    def now(self) -> datetime:
        """The double's own time."""
        ...

    def approve(self, checkout: Checkout) -> None:
        """The customer pays the hosted page with a good card."""
        ...

    def decline(self, checkout: Checkout) -> None:
        """The customer's card is declined there."""
        ...

    def renew(self, subscription: str) -> None:
        """The next period begins and is paid; a scheduled cancellation or swap takes effect."""
        ...

    def fail_payment(self, subscription: str) -> None:
        """The next period begins and its payment fails."""
        ...

    def recover_payment(self, subscription: str) -> None: ...

    def suspend(self, subscription: str) -> None:
        """Retries are exhausted."""
        ...

    def saved_method(self, customer_of: str, *, card: SavedCard) -> tuple[str, str]:
        """(customer, payment method) at the gateway of the workspace's `customer_of`."""
        ...

    def confirm(self, charge: str, *, succeed: bool) -> None:
        """The card holder answers the bank's question."""
        ...

    def advance(self, by: timedelta) -> None: ...

    def break_next(self, fault: Fault, calls: int = 1) -> None:
        """The next `calls` requests to the gateway meet this fault."""
        ...

    def deliveries(self) -> list[Delivery]:
        """Signed webhooks since the last call, as (raw body, lower-case headers), in order."""
        ...

    def resign(
        self, delivery: Delivery, *, by: Signer = "current", age: timedelta = timedelta()
    ) -> Delivery | None:
        """The same event, signed anew, `age` ago. `previous` is the secret that is being rotated
        out (the gateway under test accepts it still), `foreign` is a stranger's. None where the
        scheme has nothing to vary: no time in the signature, no shared secret to rotate."""
        ...

    def effects(self, kind: Literal["product", "price", "checkout", "charge", "refund"]) -> int:
        """How many such objects the gateway really holds."""
        ...


@dataclass(frozen=True, slots=True)
class Books:
    """What a gateway itself holds of a subscription's payments, in minor units. `disputed` is
    withheld or lost."""

    paid: int = 0
    refunded: int = 0
    disputed: int = 0


class MoneyDriver(GatewayDriver, Protocol):
    """A driver whose double keeps books. `invoice` is the reference of one that was paid."""

    def books(self, subscription: str) -> Books: ...

    def refund_by_hand(self, invoice: str, amount: int) -> str:
        """Support gives money back in the gateway's dashboard. The refund's reference."""
        ...

    def fail_refund(self, refund: str) -> None:
        """One that had succeeded comes back."""
        ...

    def open_dispute(self, invoice: str) -> str:
        """The card holder wants the whole payment back. The dispute's reference."""
        ...

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """`won`: the money stays with us."""
        ...


class Dashboard(Protocol):
    """What support and sales do at the gateway, past us."""

    def give_coupon(self, subscription: str, percent: int) -> None:
        """For ever."""
        ...

    def add_item(self, subscription: str, amount: int) -> None:
        """Something else beside our plan, every month."""
        ...

    def set_quantity(self, subscription: str, quantity: int) -> None: ...

    def start_trial(self, subscription: str, until: datetime) -> None:
        """Free from now on; the period ends with it."""
        ...

    def pause(self, subscription: str, resumes_at: datetime | None) -> None:
        """Nothing is collected meanwhile."""
        ...

    def plan_price(self, subscription: str, price_ref: str) -> None:
        """Another price from the next period on."""
        ...

    def set_card(self, subscription: str, card: SavedCard) -> None:
        """How the card on file answers from now on."""
        ...

    def delete_customer(self, subscription: str) -> None:
        """Ends all that the customer has."""
        ...


class DashboardDriver(MoneyDriver, Protocol):
    """`confirm` takes the invoice that a swap waits for, too."""

    @property
    def by_hand(self) -> Dashboard: ...
