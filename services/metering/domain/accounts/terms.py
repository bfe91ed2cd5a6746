"""What a plan and a meter allow an account, and which sources units are taken from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import OVERDRAWN, QUOTA, Part, Parts
from services.metering.domain.accounts.given import MonthlyCredits, Quota


@dataclass(frozen=True, slots=True)
class Terms:
    """`quota` None: the plan does not name the meter. Then it is only counted, until the workspace
    has had credits of it; from then on these are what may be used. `overdraft` units may be
    taken beyond everything that there is."""

    quota: Quota | None = None
    overdraft: int = 0
    monthly_credits: MonthlyCredits | None = None

    @property
    def soft(self) -> bool:
        return self.quota is not None and self.quota.soft

    def limit(self, account: Account) -> int | None:
        """None is unlimited."""
        if self.quota is not None:
            return self.quota.limit
        return 0 if account.had_credits or self.monthly_credits else None


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be taken; `quota` None is unlimited. `debt` is what was overdrawn."""

    quota: int | None
    credits: int
    debt: int
    overdraft: int
    soft: bool

    @property
    def remaining(self) -> int | None:
        """Of what was given, without an overdraft. None is unlimited."""
        return None if self.quota is None else max(0, self.quota + self.credits - self.debt)

    def fits(self, amount: int) -> bool:
        if self.quota is None or self.soft or amount == 0:
            return True
        return amount <= self.quota + self.credits - self.debt + self.overdraft


def room(account: Account, terms: Terms, month: str, now: datetime) -> Room:
    limit = terms.limit(account)
    quota = None if limit is None else max(0, limit - account.of_quota(month))
    debt = account.overdrawn(month)
    return Room(quota, account.credits(now), debt, terms.overdraft, terms.soft)


def over(account: Account, terms: Terms, month: str) -> int:
    """Units taken beyond a soft quota."""
    limit = terms.limit(account)
    return max(0, account.of_quota(month) - limit) if terms.soft and limit is not None else 0


def take(account: Account, terms: Terms, month: str, amount: int, now: datetime) -> Parts:
    """The sources of `amount` units, whether it fits or not: the quota, then grants in their
    order; what is missing is beyond a soft quota, or overdrawn."""
    limit = terms.limit(account)
    if limit is None:
        return _parts((QUOTA, amount))
    of_quota = min(amount, max(0, limit - account.of_quota(month)))
    missing = amount - of_quota
    burnt: list[tuple[str, int]] = []
    for grant, free in account.usable(now):
        if not missing:
            break
        burnt.append((grant.id, min(free, missing)))
        missing -= burnt[-1][1]
    if terms.soft:
        return _parts((QUOTA, of_quota + missing), *burnt)
    return _parts((QUOTA, of_quota), *burnt, (OVERDRAWN, missing))


def split(parts: Parts, amount: int) -> tuple[Parts, Parts]:
    """The first `amount` units in their order, and the others."""
    first: list[tuple[str, int]] = []
    others: list[tuple[str, int]] = []
    for part in parts:
        kept = min(part.amount, amount)
        amount -= kept
        first.append((part.source, kept))
        others.append((part.source, part.amount - kept))
    return _parts(*first), _parts(*others)


def joined(*groups: Parts) -> Parts:
    """One part for each source, in the order of their first; what is overdrawn stands last, so that
    it goes back first."""
    amounts: dict[str, int] = {}
    for part in (part for group in groups for part in group):
        amounts[part.source] = amounts.get(part.source, 0) + part.amount
    beyond = amounts.pop(OVERDRAWN, 0)
    return _parts(*amounts.items(), (OVERDRAWN, beyond))


@dataclass(frozen=True, slots=True)
class SentBack:
    """`returned` goes back to its source, `lapsed` is of grants that have ended. Of both, `unpaid`
    had been overdrawn and paid off by a grant."""

    returned: Parts
    lapsed: Parts
    unpaid: Parts


def sent_back(account: Account, month: str, parts: Parts, now: datetime) -> SentBack:
    """What is no longer overdrawn lowers the debt first, and then goes to who paid it off."""
    living = {grant.id for grant in account.grants if grant.usable(now)} | {QUOTA, OVERDRAWN}
    surplus = amount_of(parts, OVERDRAWN) - max(0, account.overdrawn(month))
    unpaid, _ = split(_parts(*account.repaid(month)), max(0, surplus))
    back = joined(
        tuple(part for part in parts if part.source != OVERDRAWN),
        unpaid,
        _parts((OVERDRAWN, amount_of(parts, OVERDRAWN) - total(unpaid))),
    )
    returned = tuple(part for part in back if part.source in living)
    return SentBack(returned, tuple(part for part in back if part.source not in living), unpaid)


def total(parts: Parts) -> int:
    return sum(part.amount for part in parts)


def amount_of(parts: Parts, source: str) -> int:
    return sum(part.amount for part in parts if part.source == source)


def _parts(*amounts: tuple[str, int]) -> Parts:
    return tuple(Part(source=source, amount=amount) for source, amount in amounts if amount)
