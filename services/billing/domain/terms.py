"""What a plan costs and what it grants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kernel.errors import ValidationFailed
from kernel.events import added
from kernel.ids import is_slug
from kernel.money import Money, exponent

Interval = Literal["month", "year"]
Flag = bool | int | str | None
INTERVALS: frozenset[str] = frozenset({"month", "year"})
REMOVE_BRANDING = "remove_branding"
LONGEST_PAST_DUE = 365
MOST_REMINDERS = 10
SMALLEST_RESPONSE, LARGEST_RESPONSE = 100, 8000
BUILT_IN_METERS: frozenset[str] = frozenset({"conversation", "message"})
# A workspace's entitlements list the monthly quotas under these names, next to the named limits.
QUOTA_NAMES: frozenset[str] = frozenset({"conversations", "messages"})


ApplyTo = Literal["everyone", "new_subscribers"]
QuotaMode = Literal["hard", "soft"]
WhilePaused = Literal["default_plan", "own_plan", "nothing"]
LARGEST_AMOUNT = 2**53
LONGEST_ROLLOVER = 12


def require(holds: bool, name: str, message: str) -> None:
    """Raises ValidationFailed that names the field."""
    if not holds:
        raise ValidationFailed(message, fields=[{"field": name, "message": message}])


def check_name(name: str) -> None:
    require(bool(name.strip()), "name", "A plan needs a name.")


@dataclass(frozen=True, slots=True)
class Price:
    """`price_cents` counts minor units, charged once per interval; 0 is local-only."""

    price_cents: int
    currency: str
    interval: Interval

    @property
    def money(self) -> Money:
        return Money(self.price_cents, self.currency)

    @property
    def is_free(self) -> bool:
        return self.price_cents == 0

    def check(self, field: str = "currency") -> None:
        require(self.price_cents >= 0, "price_cents", "A price can't be negative.")
        require(self.interval in INTERVALS, "interval", "An interval is month or year.")
        try:
            exponent(self.currency)
        except ValueError as error:
            require(False, field, f"{error}.")


@dataclass(frozen=True, slots=True)
class Quota:
    """Units of a meter a month; None is unlimited, 0 none. A soft one is only told."""

    limit: int | None
    mode: QuotaMode = "hard"


@dataclass(frozen=True, slots=True)
class MonthlyCredits:
    """Units of a meter that are granted as a month starts. What is left of them ends with the
    month, or so many months later."""

    amount: int
    rollover_months: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """Limits and flags. `monthly_conversations` 0 is unlimited, `monthly_messages` None no extra
    cap, `max_tokens_per_response` None the product's default. In `limits` None is unlimited and 0
    a hard block. Flags that nobody here knows are kept. `family` joins the variants of one offer.
    `past_due_days` is how long unpaid subscriptions keep access, and `reminder_days` when their
    workspaces are reminded after a payment failed; None the product's default.
    `quotas` and `monthly_credits` are by meter, the built-in two left out.
    `contact_us` is shown without a price and can't be checked out. `while_paused` is what
    who pauses it lives on meanwhile.
    """

    monthly_conversations: int
    monthly_messages: int | None = None
    max_tokens_per_response: int | None = None
    features: dict[str, Flag] = field(default_factory=dict)
    limits: dict[str, int | None] = field(default_factory=dict)
    family: str | None = None
    past_due_days: int | None = added(None)
    quotas: dict[str, Quota] = added(default_factory=dict)
    monthly_credits: dict[str, MonthlyCredits] = added(default_factory=dict)
    contact_us: bool = added(False)
    reminder_days: list[int] | None = added(None)
    while_paused: WhilePaused = added("default_plan")

    def check(self) -> None:
        tokens = self.max_tokens_per_response
        require(
            self.monthly_conversations >= 0,
            "monthly_conversations",
            "Conversations are 0 (unlimited) or more.",
        )
        require(
            self.monthly_messages is None or self.monthly_messages >= 0,
            "monthly_messages",
            "Messages are null (no cap) or at least 0.",
        )
        require(
            tokens is None or SMALLEST_RESPONSE <= tokens <= LARGEST_RESPONSE,
            "max_tokens_per_response",
            f"Tokens are null or {SMALLEST_RESPONSE} to {LARGEST_RESPONSE}.",
        )
        require(
            isinstance(self.features.get(REMOVE_BRANDING, False), bool),
            f"features.{REMOVE_BRANDING}",
            f"{REMOVE_BRANDING} is true or false.",
        )
        self._check_names()
        self._check_meters()
        self._check_dunning()

    def _check_dunning(self) -> None:
        days, reminders = self.past_due_days, self.reminder_days
        require(
            days is None or 0 <= days <= LONGEST_PAST_DUE,
            "past_due_days",
            f"Days past due are null (the default) or 0 to {LONGEST_PAST_DUE}.",
        )
        require(
            reminders is None
            or (
                len(reminders) <= MOST_REMINDERS
                and reminders == sorted(set(reminders))
                and all(1 <= each <= LONGEST_PAST_DUE for each in reminders)
            ),
            "reminder_days",
            f"Reminders are null (the default) or {MOST_REMINDERS} different days at most, in "
            f"order, 1 to {LONGEST_PAST_DUE}.",
        )

    def _check_meters(self) -> None:
        require(
            BUILT_IN_METERS.isdisjoint({*self.quotas, *self.monthly_credits}),
            "quotas",
            "The quotas of conversation and message are monthly_conversations and "
            "monthly_messages.",
        )
        require(
            all(quota.limit is None or quota.limit >= 0 for quota in self.quotas.values()),
            "quotas",
            "A quota is null (unlimited) or at least 0.",
        )
        require(
            all(
                each.amount > 0 and 0 <= each.rollover_months <= LONGEST_ROLLOVER
                for each in self.monthly_credits.values()
            ),
            "monthly_credits",
            f"Monthly credits are at least 1, and roll over for 0 to {LONGEST_ROLLOVER} months.",
        )

    def _check_names(self) -> None:
        require(
            all(cap is None or cap >= 0 for cap in self.limits.values()),
            "limits",
            "A limit is null (unlimited) or at least 0.",
        )
        require(
            QUOTA_NAMES.isdisjoint(self.limits),
            "limits",
            "A limit can't be named conversations or messages: these are the monthly quotas, set "
            "by monthly_conversations and monthly_messages.",
        )
        require(
            self.family is None or is_slug(self.family),
            "family",
            "A family is named like a slug: lower-case words joined by hyphens.",
        )
