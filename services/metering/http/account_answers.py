"""What accounts of declared meters answer."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel.month import Month
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.desk import Desk
from services.metering.application.accounts.explained import AccountDecisions
from services.metering.application.releases import Releases
from services.metering.domain.accounts import terms as given
from services.metering.domain.accounts.events import Parts
from services.metering.domain.refusal import is_full_of_held_units, units_refusal
from services.metering.http import account_bodies as bodies
from services.metering.http.answers import quota_refused, resets_at
from services.metering.http.room import UsageAllowance


class AccountAnswers:
    def __init__(self, desk: Desk, decisions: AccountDecisions, releases: Releases) -> None:
        self._desk = desk
        self._decisions = decisions
        self._releases = releases

    async def refused(self, answer: AccountAnswer, month: Month, amount: int) -> Response:
        """429 with the exact body, or with when units that are only held come back. In a month that
        is over there is no next chance."""
        account, now = answer.account, self._desk.clock()
        terms = self._desk.terms(account.workspace, account.meter)
        room, held = given.room(account, terms, str(month), now), account.held(str(month))
        release = None
        if is_full_of_held_units(room, held, amount):
            release = await self._releases.next_of(account.workspace, account.meter) or now
        details = {
            "limit": terms.limit(account),
            "used": account.used(str(month)),
            "reserved": held,
        }
        unit = self._desk.meter(account.meter).unit
        return quota_refused(
            units_refusal(unit, details, month, now, release),
            now,
            self._decisions.issue(answer, month, amount, now),
            as_stream=False,
            position=answer.position,
        )

    def room(self, answer: AccountAnswer, amount: int) -> UsageAllowance:
        account, now = answer.account, self._desk.clock()
        month = Month.of(now)
        terms = self._desk.terms(account.workspace, account.meter)
        room = given.room(account, terms, str(month), now)
        return UsageAllowance(
            allowed=room.fits(amount),
            meter=account.meter,
            amount=amount,
            used=account.used(str(month)),
            reserved=account.held(str(month)),
            limit=terms.limit(account),
            credits=room.credits,
            remaining=room.remaining,
            over=room.soft and room.quota is not None and amount > room.quota + room.credits,
            resets_at=resets_at(month),
        )

    def figures(self, answer: AccountAnswer, month: str = "") -> dict[str, Any]:
        """Used, limit and remaining of that month, of the present one by default, as bodies end
        with them."""
        account, now = answer.account, self._desk.clock()
        month = month or str(Month.of(now))
        terms = self._desk.terms(account.workspace, account.meter)
        return {
            "used": account.used(month),
            "limit": terms.limit(account),
            "remaining": given.room(account, terms, month, now).remaining,
        }


def sources(parts: Parts) -> list[bodies.SourceBody]:
    return [bodies.SourceBody(part.source, part.amount) for part in parts]
