# Generated from aio/workspace.py: change that one.
"""Everything about one workspace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from workspace_billing import models
from workspace_billing.blocking.conversation import Conversation
from workspace_billing.blocking.reservation import Reservation
from workspace_billing.blocking.sender import Read, Sender
from workspace_billing.call import by_status, path, reading, sent
from workspace_billing.checks import Check, OnError, check_call, guarded

HERE = "/v1/billing/workspaces/{ws}"
TOP_UPS = "/v1/addons/workspaces/{ws}/top-ups"
METERED = "/v1/metering/workspaces/{ws}"
SHOWN = "/v1/projections/workspaces/{ws}"
ACCOUNT = reading(models.Account)
FORECAST = reading(models.Forecast)
Swapped = models.Account | models.Checkout | models.Confirmation


class Workspace:
    """`bookmark` of another client, or of this one before a redirect: what it has seen done is
    shown by all that is read here."""

    def __init__(self, sender: Sender, bookmark: str | None = None) -> None:
        self._sender = sender
        if bookmark:
            sender.session.bookmark.see(bookmark, sender.workspace)

    @property
    def id(self) -> str:
        return self._sender.workspace

    def bookmark(self) -> str:
        """For the address that a redirect comes back to."""
        return self._sender.session.bookmark.token(self.id)

    def checkout(
        self,
        *,
        plan: str,
        gateway: str,
        success_url: str,
        cancel_url: str,
        quantity: int | None = None,
        expected_price_cents: int | None = None,
        expected_currency: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Checkout:
        body = sent(
            plan=plan,
            gateway=gateway,
            success_url=success_url,
            cancel_url=cancel_url,
            quantity=quantity,
            expected_price_cents=expected_price_cents,
            expected_currency=expected_currency,
        )
        read = reading(models.Checkout)
        return self._sender.command("POST", f"{HERE}/checkout", read, body, key=idempotency_key)

    def reconcile(self, session_id: str | None = None) -> models.Account:
        """What the gateway says now; safe on every load of a page."""
        body = sent(session_id=session_id)
        return self._sender.command("POST", f"{HERE}/reconcile", ACCOUNT, body)

    def cancel(self, reason: str | None = None) -> models.Account:
        return self._lifecycle("cancel", reason=reason)

    def resume(self) -> models.Account:
        return self._lifecycle("resume")

    def swap(
        self,
        plan: str,
        *,
        success_url: str | None = None,
        cancel_url: str | None = None,
        expected_price_cents: int | None = None,
        expected_currency: str | None = None,
        idempotency_key: str | None = None,
    ) -> Swapped:
        """The account where it changed in place; a checkout or a confirmation where somebody has
        to go to its address first."""
        body = sent(
            plan=plan,
            success_url=success_url,
            cancel_url=cancel_url,
            expected_price_cents=expected_price_cents,
            expected_currency=expected_currency,
        )
        read: Read[Swapped] = by_status(
            {200: ACCOUNT, 201: reading(models.Checkout), 202: reading(models.Confirmation)}
        )
        return self._sender.command(
            "POST", f"{HERE}/subscription/swap", read, body, key=idempotency_key
        )

    def preview_cancel(self) -> models.Forecast:
        return self._preview("cancel")

    def preview_resume(self) -> models.Forecast:
        return self._preview("resume")

    def preview_swap(self, plan: str) -> models.Forecast:
        return self._preview("swap", plan=plan)

    def portal(self, return_url: str | None = None) -> models.Portal:
        body = sent(return_url=return_url)
        return self._sender.command("POST", f"{HERE}/portal", reading(models.Portal), body)

    def settings(self) -> models.Settings:
        return self._sender.query(f"{HERE}/settings", reading(models.Settings))

    def change_settings(self, **settings: str | None) -> models.Settings:
        """`plan_change`, and `billing_email`, which None takes away."""
        read = reading(models.Settings)
        return self._sender.command("PATCH", f"{HERE}/settings", read, settings)

    def subscription(self) -> models.Subscription:
        return self._sender.query(
            f"{SHOWN}/subscription", reading(models.Subscription), ["billing"]
        )

    def usage(self, period: str | None = None) -> models.UsageOfWorkspace:
        """`period` is a month, `2026-11`; the present one without."""
        read = reading(models.UsageOfWorkspace)
        return self._sender.query(f"{SHOWN}/usage", read, ["metering"], period=period)

    def invoices(self) -> Iterator[models.Invoice]:
        read = reading(models.InvoicePage)
        return self._sender.pages(f"{SHOWN}/invoices", read, ["billing"])

    def addons(self) -> list[models.OfferedAddon]:
        """Those on sale, each with whether it can be bought."""
        pages = self._sender.pages(f"{SHOWN}/addons", reading(models.AddonPage), ["addons"])
        return [addon for addon in pages]

    def purchases(self) -> Iterator[models.PurchaseRecord]:
        read = reading(models.PurchaseHistory)
        return self._sender.pages(f"{SHOWN}/purchases", read, ["addons"])

    def buy(
        self,
        addon: str,
        *,
        gateway: str | None = None,
        success_url: str | None = None,
        cancel_url: str | None = None,
        expected_price_cents: int | None = None,
        expected_currency: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Purchase:
        """Charges the saved payment method. A `pending` purchase has a `confirmation_url` to send
        the buyer to. Raises CardDeclined."""
        body = sent(
            addon=addon,
            gateway=gateway,
            success_url=success_url,
            cancel_url=cancel_url,
            expected_price_cents=expected_price_cents,
            expected_currency=expected_currency,
        )
        place = "/v1/addons/workspaces/{ws}/purchases"
        return self._sender.command(
            "POST", place, reading(models.Purchase), body, key=idempotency_key
        )

    def top_ups(self) -> list[models.TopUp]:
        """Which credits are bought by themselves."""
        return (self._sender.query(TOP_UPS, reading(models.TopUps))).data

    def set_top_up(
        self,
        meter: str,
        addon: str,
        *,
        below: int,
        most_a_day: int | None = None,
        most_a_month: int | None = None,
        expected_price_cents: int | None = None,
        expected_currency: str | None = None,
    ) -> models.TopUp:
        """Lets the add-on be bought when fewer units are left. Raises PriceChanged where it costs
        something else than expected."""
        body = sent(
            addon=addon,
            below=below,
            most_a_day=most_a_day,
            most_a_month=most_a_month,
            expected_price_cents=expected_price_cents,
            expected_currency=expected_currency,
        )
        place = TOP_UPS + path("/{}", meter)
        return self._sender.command("PUT", place, reading(models.TopUp), body)

    def remove_top_up(self, meter: str) -> models.TopUp:
        """Nothing more of it is bought by itself."""
        place = TOP_UPS + path("/{}", meter)
        return self._sender.command("DELETE", place, reading(models.TopUp))

    def entitlements(self) -> models.Entitlements:
        """All that it may do now; shows what this client's commands changed."""
        read = reading(models.Entitlements)
        return self._sender.query(f"{METERED}/entitlements", read, ["billing", "metering"])

    def can_start_conversation(
        self, *, on_error: OnError = "raise", seconds: float | None = None
    ) -> Check:
        """For each start of a widget. `on_error`: what to take for the answer when there is none
        within `seconds`."""
        return self._check("can-start-conversation", on_error, seconds)

    def can_send_message(
        self, *, on_error: OnError = "raise", seconds: float | None = None
    ) -> Check:
        return self._check("can-send-message", on_error, seconds)

    def message(
        self,
        id: str,
        *,
        occurred_at: datetime | None = None,
        is_playground: bool = False,
        agent_id: str | None = None,
    ) -> models.Counted:
        """Checks and counts in one step; the same id counts once. Raises MessageQuotaExceeded."""
        body = sent(
            id=id,
            occurred_at=occurred_at.isoformat() if occurred_at else None,
            is_playground=is_playground,
            agent_id=agent_id,
        )
        return self._sender.command("POST", f"{METERED}/messages", reading(models.Counted), body)

    def conversation(self, id: str) -> Conversation:
        return Conversation(self._sender, id)

    def reserve(
        self,
        meter: str,
        amount: int,
        *,
        id: str | None = None,
        expires_in: timedelta | None = None,
    ) -> Reservation:
        """A context that holds units of a declared meter until they are settled. An `id` of the
        caller's own reserves once, also over a restart."""
        name = id or f"reservation-{uuid4()}"
        return Reservation(self._sender, name, meter, amount, expires_in)

    def use(
        self,
        meter: str,
        value: int,
        *,
        id: str,
        dimensions: dict[str, str] | None = None,
        occurred_at: datetime | None = None,
    ) -> models.UsageCounted:
        """Checks and counts in one step; the same id counts once. Raises QuotaExceeded."""
        body = sent(
            id=id,
            meter=meter,
            value=value,
            dimensions=dimensions,
            occurred_at=occurred_at.isoformat() if occurred_at else None,
        )
        return self._sender.command("POST", f"{METERED}/usage", reading(models.UsageCounted), body)

    def _check(self, question: str, on_error: OnError, seconds: float | None) -> Check:
        sender = self._sender
        exchange = sender.session.exchange(check_call(self.id, question, seconds))
        return sender.run(guarded(exchange, sender.breaker, on_error))

    def _lifecycle(self, action: str, **fields: str | None) -> models.Account:
        place = f"{HERE}/subscription/{action}"
        return self._sender.command("POST", place, ACCOUNT, sent(**fields) or None)

    def _preview(self, action: str, **fields: str) -> models.Forecast:
        place = f"{HERE}/subscription/{action}"
        query = {"dry_run": True}
        return self._sender.command("POST", place, FORECAST, fields or None, query=query)

    def refund_invoice(
        self,
        ref: str,
        reason: str,
        *,
        amount_cents: int | None = None,
        idempotency_key: str | None = None,
    ) -> models.RefundedInvoice:
        """Of support: all that is left of it without an amount."""
        place = HERE + path("/invoices/{}/refund", ref)
        body = sent(reason=reason, amount_cents=amount_cents)
        return self._sender.command(
            "POST", place, reading(models.RefundedInvoice), body, key=idempotency_key
        )

    def assign_plan(self, plan: str) -> models.Account:
        """Of the platform's admins: one that costs nothing."""
        return self._sender.command("PUT", f"{HERE}/plan", ACCOUNT, {"plan": plan})
