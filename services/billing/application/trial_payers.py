"""Who pays has one trial of a family, in whatever workspace."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateways.port import PaymentMethod
from kernel.cause import Cause
from kernel.clock import Clock
from runtime.postgres.database import Database
from services.billing.application.accounts import Accounts
from services.billing.domain.account.checkout import Trial
from services.billing.domain.account.local_trial import is_held
from services.billing.domain.account.refuse_trial import decide_refuse_trial, trial_begun
from services.billing.domain.account.state import Account

# Between a claim and the checkout that it is for.
BEFORE_CHECKOUT = timedelta(minutes=1)
CLAIM = """
INSERT INTO trial_payers AS known (payer, family, workspace, checkout_id, claimed_at)
VALUES (%(payer)s, %(family)s, %(workspace)s, %(checkout)s, %(at)s)
ON CONFLICT (payer, family) DO UPDATE
SET workspace = EXCLUDED.workspace, checkout_id = EXCLUDED.checkout_id, claimed_at = %(at)s
WHERE known.workspace = EXCLUDED.workspace OR known.checkout_id = %(given_up)s
"""


@dataclass(frozen=True, slots=True)
class TrialPayers:
    """Known by a digest of their e-mail address, and of their card where its gateway knows it
    again. Both are forgotten with the workspace."""

    accounts: Accounts
    clock: Clock

    def claim(self, workspace: str, checkout_id: str, trial: Trial, payer: str) -> bool:
        """For this checkout; False where another workspace's holds it. A page that nobody paid
        gives it back."""
        at = self.clock()
        claimed = self.accounts.store.database.execute(
            CLAIM,
            {
                "payer": payer,
                "family": trial.family,
                "workspace": workspace,
                "checkout": checkout_id,
                "at": at,
                "given_up": self._given_up(payer, trial.family, at),
            },
        )
        return claimed == 1

    def _given_up(self, payer: str, family: str, at: datetime) -> str | None:
        """The checkout of which nothing came, where that is what holds it."""
        rows = self.accounts.store.database.rows(
            "SELECT workspace, checkout_id, claimed_at FROM trial_payers "
            "WHERE payer = %s AND family = %s",
            (payer, family),
        )
        if not rows or at - rows[0]["claimed_at"] < BEFORE_CHECKOUT:
            return None
        holder, checkout_id = rows[0]["workspace"], str(rows[0]["checkout_id"])
        account = self.accounts.find(holder)
        held = account is not None and is_held(account, checkout_id, family)
        return None if held else checkout_id

    def admit(self, account: Account, method: PaymentMethod | None, cause: Cause) -> Account:
        """A trial by a card that had one elsewhere is ended, before anything is charged for it."""
        begun, live = trial_begun(account), account.live
        if begun is None or live is None or method is None or not method.fingerprint:
            return account
        payer = card_payer(live.gateway or "", method.fingerprint)
        if self.claim(account.workspace, *begun, payer):
            return account
        at = self.clock()
        return self.accounts.record(
            account.workspace, lambda found: decide_refuse_trial(found, at), cause
        )


def forget_payers(database: Database, workspace: str) -> None:
    database.execute("DELETE FROM trial_payers WHERE workspace = %s", (workspace,))


def payer_of(email: str) -> str:
    """The same for all spellings of one mailbox."""
    name, _, domain = email.strip().casefold().rpartition("@")
    mailbox = name.partition("+")[0]
    return hashlib.sha256(f"{mailbox}@{domain}".encode()).hexdigest()


def card_payer(gateway: str, fingerprint: str) -> str:
    return hashlib.sha256(f"card:{gateway}:{fingerprint}".encode()).hexdigest()
