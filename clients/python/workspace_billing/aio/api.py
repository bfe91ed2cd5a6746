"""Every operation of the API: generated from its OpenAPI document, not to be edited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Literal, ParamSpec, TypeVar, Unpack

from workspace_billing import bodies, models
from workspace_billing.aio.sender import AsyncSender, Page, Read
from workspace_billing.call import by_status, path, reading, reading_one_of

P = ParamSpec("P")
E = TypeVar("E")


class AsyncApi:
    """Retries, keys, and what was done is shown: as everywhere in this client."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def every(
        self, pages: Callable[P, Awaitable[Page[E]]], *args: P.args, **query: P.kwargs
    ) -> AsyncIterator[E]:
        """The elements of a list, a page at a time as they are asked for:
        `every(api.list_orders, status="paid")`."""
        while True:
            page = await pages(*args, **query)
            for element in page.data:
                yield element
            if page.next is None:
                return
            query["cursor"] = page.next

    async def create_plan(
        self, *, idempotency_key: str | None = None, **body: Unpack[bodies.NewPlan]
    ) -> models.Plan:
        """Create a plan."""
        read: Read[models.Plan] = reading(models.Plan)
        return await self._sender.command(
            "POST", "/v1/billing/plans", read, body, key=idempotency_key
        )

    async def get_plan(self, slug: str, /) -> models.Plan:
        """One plan of the catalogue, as billing has it at this moment."""
        read: Read[models.Plan] = reading(models.Plan)
        return await self._sender.query(path("/v1/billing/plans/{}", slug), read)

    async def change_plan(self, slug: str, /, **body: Unpack[bodies.PlanPatch]) -> models.Plan:
        """Change a plan."""
        read: Read[models.Plan] = reading(models.Plan)
        return await self._sender.command("PATCH", path("/v1/billing/plans/{}", slug), read, body)

    async def sync_plan(
        self, slug: str, /, *, idempotency_key: str | None = None
    ) -> models.SyncAnswer:
        """Offer a plan at every gateway again."""
        read: Read[models.SyncAnswer] = reading(models.SyncAnswer)
        return await self._sender.command(
            "POST", path("/v1/billing/plans/{}/sync", slug), read, key=idempotency_key
        )

    async def list_gateways(
        self,
    ) -> models.GatewaysAnswer:
        """Which payment gateways are on, and what each can do."""
        read: Read[models.GatewaysAnswer] = reading(models.GatewaysAnswer)
        return await self._sender.query("/v1/billing/gateways", read)

    async def migrate_plan(
        self,
        slug: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.NewPlanMigration],
    ) -> models.PlanMigrationForecast:
        """Move the subscribers of a plan to another plan or price."""
        read: Read[models.PlanMigrationForecast] = reading(models.PlanMigrationForecast)
        return await self._sender.command(
            "POST",
            path("/v1/billing/plans/{}/migrations", slug),
            read,
            body,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def list_plan_migrations(self, slug: str, /) -> models.PlanMigrationList:
        """List the migrations of a plan's subscribers, the latest first, with their progress."""
        read: Read[models.PlanMigrationList] = reading(models.PlanMigrationList)
        return await self._sender.query(path("/v1/billing/plans/{}/migrations", slug), read)

    async def stop_plan_migration(
        self, slug: str, id: str, /, *, idempotency_key: str | None = None
    ) -> models.PlanMigration:
        """Stop a migration."""
        read: Read[models.PlanMigration] = reading(models.PlanMigration)
        return await self._sender.command(
            "POST",
            path("/v1/billing/plans/{}/migrations/{}/stop", slug, id),
            read,
            key=idempotency_key,
        )

    async def list_migrating_workspaces(
        self,
        slug: str,
        id: str,
        /,
        *,
        state: Literal[
            "waiting",
            "announced",
            "scheduled",
            "approval_asked",
            "moved",
            "left",
            "refused",
            "stopped",
        ]
        | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.PlanMigrationWorkspaces:
        """List the workspaces of a migration, by name, and how far each is."""
        read: Read[models.PlanMigrationWorkspaces] = reading(models.PlanMigrationWorkspaces)
        return await self._sender.query(
            path("/v1/billing/plans/{}/migrations/{}/workspaces", slug, id),
            read,
            state=state,
            cursor=cursor,
            limit=limit,
        )

    async def start_checkout(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.NewCheckout]
    ) -> models.Checkout:
        """Begin to pay for a plan."""
        read: Read[models.Checkout] = reading(models.Checkout)
        return await self._sender.about(ws).command(
            "POST", path("/v1/billing/workspaces/{}/checkout", ws), read, body, key=idempotency_key
        )

    async def reconcile_workspace(
        self,
        ws: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.Reconciliation],
    ) -> models.Account:
        """Ask the gateway how the workspace stands, and apply it."""
        read: Read[models.Account] = reading(models.Account)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/reconcile", ws),
            read,
            body or None,
            key=idempotency_key,
        )

    async def show_subscription(self, ws: str, /) -> models.Account:
        """How the workspace stands, as far as it is known, and what can be done about it now."""
        read: Read[models.Account] = reading(models.Account)
        return await self._sender.about(ws).query(
            path("/v1/billing/workspaces/{}/subscription", ws), read
        )

    async def cancel_subscription(
        self,
        ws: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.Cancellation],
    ) -> models.Account | models.Forecast:
        """Cancel the subscription."""
        read: Read[models.Account | models.Forecast] = reading_one_of(
            models.Account, models.Forecast
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/cancel", ws),
            read,
            body or None,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def resume_subscription(
        self, ws: str, /, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> models.Account | models.Forecast:
        """Take a scheduled cancellation back."""
        read: Read[models.Account | models.Forecast] = reading_one_of(
            models.Account, models.Forecast
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/resume", ws),
            read,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def swap_plan(
        self,
        ws: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.Swap],
    ) -> models.Account | models.Checkout | models.Confirmation | models.Forecast:
        """Change to another plan."""
        read: Read[models.Account | models.Checkout | models.Confirmation | models.Forecast] = (
            by_status(
                {
                    200: reading_one_of(
                        models.Account, models.Checkout, models.Confirmation, models.Forecast
                    ),
                    201: reading(models.Checkout),
                    202: reading(models.Confirmation),
                }
            )
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/swap", ws),
            read,
            body,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def assign_plan(self, ws: str, /, **body: Unpack[bodies.Assignment]) -> models.Account:
        """Put a workspace on a plan that costs nothing."""
        read: Read[models.Account] = reading(models.Account)
        return await self._sender.about(ws).command(
            "PUT", path("/v1/billing/workspaces/{}/plan", ws), read, body
        )

    async def show_settings(self, ws: str, /) -> models.Settings:
        """What the workspace has decided about its billing."""
        read: Read[models.Settings] = reading(models.Settings)
        return await self._sender.about(ws).query(
            path("/v1/billing/workspaces/{}/settings", ws), read
        )

    async def change_settings(
        self, ws: str, /, **body: Unpack[bodies.SettingsPatch]
    ) -> models.Settings:
        """Decide how changes of plan take effect, and where invoices go."""
        read: Read[models.Settings] = reading(models.Settings)
        return await self._sender.about(ws).command(
            "PATCH", path("/v1/billing/workspaces/{}/settings", ws), read, body
        )

    async def open_portal(
        self,
        ws: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.PortalRequest],
    ) -> models.Portal:
        """Open the gateway's own page for its customer."""
        read: Read[models.Portal] = reading(models.Portal)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/portal", ws),
            read,
            body or None,
            key=idempotency_key,
        )

    async def ask_for_invoices(self, ws: str, /) -> models.GatewayInvoices:
        """The invoices, as the gateway has them at this moment."""
        read: Read[models.GatewayInvoices] = reading(models.GatewayInvoices)
        return await self._sender.about(ws).query(
            path("/v1/billing/workspaces/{}/invoices", ws), read
        )

    async def change_quantity(
        self,
        ws: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.QuantityChange],
    ) -> models.Account | models.Confirmation | models.Forecast:
        """Change how many units are paid for."""
        read: Read[models.Account | models.Confirmation | models.Forecast] = by_status(
            {
                200: reading_one_of(models.Account, models.Confirmation, models.Forecast),
                202: reading(models.Confirmation),
            }
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/quantity", ws),
            read,
            body,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def give_discount(
        self,
        ws: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.DiscountRequest],
    ) -> models.Account | models.Confirmation | models.Forecast:
        """Take a discount off the next invoices."""
        read: Read[models.Account | models.Confirmation | models.Forecast] = by_status(
            {
                200: reading_one_of(models.Account, models.Confirmation, models.Forecast),
                202: reading(models.Confirmation),
            }
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/discount", ws),
            read,
            body,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def end_discount(
        self, ws: str, /, *, dry_run: bool | None = None
    ) -> models.Account | models.Confirmation | models.Forecast:
        """Take the discounts of the subscription away."""
        read: Read[models.Account | models.Confirmation | models.Forecast] = by_status(
            {
                200: reading_one_of(models.Account, models.Confirmation, models.Forecast),
                202: reading(models.Confirmation),
            }
        )
        return await self._sender.about(ws).command(
            "DELETE",
            path("/v1/billing/workspaces/{}/subscription/discount", ws),
            read,
            query={"dry_run": dry_run},
        )

    async def pause_subscription(
        self,
        ws: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.PauseRequest],
    ) -> models.Account | models.Confirmation | models.Forecast:
        """Let the subscription rest."""
        read: Read[models.Account | models.Confirmation | models.Forecast] = by_status(
            {
                200: reading_one_of(models.Account, models.Confirmation, models.Forecast),
                202: reading(models.Confirmation),
            }
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/pause", ws),
            read,
            body or None,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def unpause_subscription(
        self, ws: str, /, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> models.Account | models.Confirmation | models.Forecast:
        """Take a pause back."""
        read: Read[models.Account | models.Confirmation | models.Forecast] = by_status(
            {
                200: reading_one_of(models.Account, models.Confirmation, models.Forecast),
                202: reading(models.Confirmation),
            }
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/unpause", ws),
            read,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def change_trial(
        self,
        ws: str,
        /,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.TrialChange],
    ) -> models.Account | models.Confirmation | models.Forecast:
        """Let a trial that runs end later, or now."""
        read: Read[models.Account | models.Confirmation | models.Forecast] = by_status(
            {
                200: reading_one_of(models.Account, models.Confirmation, models.Forecast),
                202: reading(models.Confirmation),
            }
        )
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/subscription/trial", ws),
            read,
            body,
            key=idempotency_key,
            query={"dry_run": dry_run},
        )

    async def create_discount(
        self, *, idempotency_key: str | None = None, **body: Unpack[bodies.NewDiscount]
    ) -> models.DiscountCode:
        """Create a discount."""
        read: Read[models.DiscountCode] = reading(models.DiscountCode)
        return await self._sender.command(
            "POST", "/v1/billing/discounts", read, body, key=idempotency_key
        )

    async def get_discount(self, code: str, /) -> models.DiscountCode:
        """One discount, and how often it was given."""
        read: Read[models.DiscountCode] = reading(models.DiscountCode)
        return await self._sender.query(path("/v1/billing/discounts/{}", code), read)

    async def change_discount(
        self, code: str, /, **body: Unpack[bodies.DiscountPatch]
    ) -> models.DiscountCode:
        """Change a discount."""
        read: Read[models.DiscountCode] = reading(models.DiscountCode)
        return await self._sender.command(
            "PATCH", path("/v1/billing/discounts/{}", code), read, body
        )

    async def set_billing_profile(
        self, ws: str, /, **body: Unpack[bodies.NewBillingProfile]
    ) -> models.BillingProfile:
        """Say who pays."""
        read: Read[models.BillingProfile] = reading(models.BillingProfile)
        return await self._sender.about(ws).command(
            "PUT", path("/v1/billing/workspaces/{}/billing-profile", ws), read, body
        )

    async def get_billing_profile(self, ws: str, /) -> models.BillingProfile:
        """Who pays, as it was said last."""
        read: Read[models.BillingProfile] = reading(models.BillingProfile)
        return await self._sender.about(ws).query(
            path("/v1/billing/workspaces/{}/billing-profile", ws), read
        )

    async def forget_reference(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Forgetting]
    ) -> models.Account:
        """Forget what its gateway does not answer for any more."""
        read: Read[models.Account] = reading(models.Account)
        return await self._sender.about(ws).command(
            "POST", path("/v1/billing/workspaces/{}/forget", ws), read, body, key=idempotency_key
        )

    async def adopt_subscription(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Adoption]
    ) -> models.Account:
        """Adopt a subscription that a person made in the gateway's dashboard."""
        read: Read[models.Account] = reading(models.Account)
        return await self._sender.about(ws).command(
            "POST", path("/v1/billing/workspaces/{}/adopt", ws), read, body, key=idempotency_key
        )

    async def refund_invoice(
        self,
        ws: str,
        ref: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.InvoiceRefund],
    ) -> models.RefundedInvoice:
        """Give back what was paid for an invoice, or a part of it."""
        read: Read[models.RefundedInvoice] = reading(models.RefundedInvoice)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/billing/workspaces/{}/invoices/{}/refund", ws, ref),
            read,
            body,
            key=idempotency_key,
        )

    async def erase_workspace(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Erasing]
    ) -> models.Erased:
        """Destroy the key of a workspace's personal data."""
        read: Read[models.Erased] = reading(models.Erased)
        return await self._sender.about(ws).command(
            "POST", path("/v1/billing/workspaces/{}/erase", ws), read, body, key=idempotency_key
        )

    async def set_overrides(
        self, ws: str, /, **body: Unpack[bodies.SetOverrides]
    ) -> models.Overrides:
        """Agree on other quotas, limits and features with one workspace."""
        read: Read[models.Overrides] = reading(models.Overrides)
        return await self._sender.about(ws).command(
            "PUT", path("/v1/billing/workspaces/{}/overrides", ws), read, body
        )

    async def retry_webhook(self, gateway: str, id: str, /) -> models.Retry:
        """Read a parked notification again, from its first attempt."""
        read: Read[models.Retry] = reading(models.Retry)
        return await self._sender.command(
            "POST", path("/v1/billing/webhooks/{}/{}/retry", gateway, id), read
        )

    async def open_page_session(
        self, *, idempotency_key: str | None = None, **body: Unpack[bodies.NewSession]
    ) -> models.Link:
        """Make a link to the pages for one of a workspace's people."""
        read: Read[models.Link] = reading(models.Link)
        return await self._sender.command(
            "POST", "/v1/pages/sessions", read, body, key=idempotency_key
        )

    async def redeem_page_link(self, **body: Unpack[bodies.Redemption]) -> models.Session:
        """Exchange a link's code for the session that it opens."""
        read: Read[models.Session] = reading(models.Session)
        return await self._sender.command("POST", "/v1/pages/sessions/redeem", read, body)

    async def check_conversation_quota(self, ws: str, /) -> models.Allowance:
        """May a new conversation start? Ask at every widget's start; nothing is recorded."""
        read: Read[models.Allowance] = reading(models.Allowance)
        return await self._sender.about(ws).query(
            path("/v1/metering/workspaces/{}/can-start-conversation", ws),
            read,
            services=("billing", "metering"),
        )

    async def check_message_quota(self, ws: str, /) -> models.Allowance:
        """May a message be sent? Nothing is recorded."""
        read: Read[models.Allowance] = reading(models.Allowance)
        return await self._sender.about(ws).query(
            path("/v1/metering/workspaces/{}/can-send-message", ws),
            read,
            services=("billing", "metering"),
        )

    async def show_entitlements(self, ws: str, /) -> models.Entitlements:
        """All that the workspace may do now."""
        read: Read[models.Entitlements] = reading(models.Entitlements)
        return await self._sender.about(ws).query(
            path("/v1/metering/workspaces/{}/entitlements", ws),
            read,
            services=("billing", "metering"),
        )

    async def report_usage(
        self, *, idempotency_key: str | None = None, **body: Unpack[bodies.UsageReport]
    ) -> models.UsageResults:
        """Report usage that happened."""
        read: Read[models.UsageResults] = reading(models.UsageResults)
        return await self._sender.command(
            "POST", "/v1/metering/events", read, body, key=idempotency_key
        )

    async def record_message(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Message]
    ) -> models.Counted:
        """Check the quota and record a message, in one step."""
        read: Read[models.Counted] = reading(models.Counted)
        return await self._sender.about(ws).command(
            "POST", path("/v1/metering/workspaces/{}/messages", ws), read, body, key=idempotency_key
        )

    async def start_conversation(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Conversation]
    ) -> models.Started:
        """Hold a unit for a new conversation."""
        read: Read[models.Started] = reading(models.Started)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/metering/workspaces/{}/conversations", ws),
            read,
            body,
            key=idempotency_key,
        )

    async def complete_first_turn(
        self,
        ws: str,
        id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.FirstTurn],
    ) -> models.FirstTurnCounted:
        """The first turn is complete: count the conversation."""
        read: Read[models.FirstTurnCounted] = reading(models.FirstTurnCounted)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/metering/workspaces/{}/conversations/{}/first-turn", ws, id),
            read,
            body or None,
            key=idempotency_key,
        )

    async def release_conversation(self, ws: str, id: str, /) -> models.Released:
        """Give the held unit back."""
        read: Read[models.Released] = reading(models.Released)
        return await self._sender.about(ws).command(
            "DELETE", path("/v1/metering/workspaces/{}/conversations/{}", ws, id), read
        )

    async def record_usage(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Usage]
    ) -> models.UsageCounted:
        """Check the quota and record usage, in one step."""
        read: Read[models.UsageCounted] = reading(models.UsageCounted)
        return await self._sender.about(ws).command(
            "POST", path("/v1/metering/workspaces/{}/usage", ws), read, body, key=idempotency_key
        )

    async def reserve_units(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.Reservation]
    ) -> models.Reserved:
        """Hold units before they are used: of the quota first, then of credits."""
        read: Read[models.Reserved] = reading(models.Reserved)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/metering/workspaces/{}/reservations", ws),
            read,
            body,
            key=idempotency_key,
        )

    async def settle_reservation(
        self,
        ws: str,
        id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.Settlement],
    ) -> models.Settled:
        """Count what was used, and give the rest back where it came from."""
        read: Read[models.Settled] = reading(models.Settled)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/metering/workspaces/{}/reservations/{}/settle", ws, id),
            read,
            body,
            key=idempotency_key,
        )

    async def release_reservation(self, ws: str, id: str, /) -> models.ReleasedReservation:
        """Give all that is held back."""
        read: Read[models.ReleasedReservation] = reading(models.ReleasedReservation)
        return await self._sender.about(ws).command(
            "DELETE", path("/v1/metering/workspaces/{}/reservations/{}", ws, id), read
        )

    async def explain_decision(
        self, decision_id: str, /
    ) -> models.ExplainedDecision | models.ExplainedAccountDecision:
        """Why was a request refused? Rebuilt from history, for services, platform admins,
        auditors and members of the workspace."""
        read: Read[models.ExplainedDecision | models.ExplainedAccountDecision] = reading_one_of(
            models.ExplainedDecision, models.ExplainedAccountDecision
        )
        return await self._sender.query(path("/v1/metering/decisions/{}", decision_id), read)

    async def list_meters(
        self,
    ) -> models.Meters:
        """What is counted."""
        read: Read[models.Meters] = reading(models.Meters)
        return await self._sender.query("/v1/metering/meters", read)

    async def declare_meter(
        self, slug: str, /, **body: Unpack[bodies.DeclareMeter]
    ) -> models.Meter:
        """Count something else."""
        read: Read[models.Meter] = reading(models.Meter)
        return await self._sender.command("PUT", path("/v1/metering/meters/{}", slug), read, body)

    async def check_quota(
        self, ws: str, /, *, meter: str | None = None, amount: int | None = None
    ) -> models.UsageAllowance:
        """May so much be used? Nothing is recorded; the built-in meters have their own checks."""
        read: Read[models.UsageAllowance] = reading(models.UsageAllowance)
        return await self._sender.about(ws).query(
            path("/v1/metering/workspaces/{}/can-use", ws), read, meter=meter, amount=amount
        )

    async def show_usage_event(self, ws: str, meter: str, id: str, /) -> models.Usage:
        """Was it counted? What is known of one id, of any meter."""
        read: Read[models.Usage] = reading(models.Usage)
        return await self._sender.about(ws).query(
            path("/v1/metering/workspaces/{}/events/{}/{}", ws, meter, id), read
        )

    async def correct_usage(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.CorrectUsage]
    ) -> models.CorrectedUsage:
        """Count another value for an event."""
        read: Read[models.CorrectedUsage] = reading(models.CorrectedUsage)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/metering/workspaces/{}/corrections", ws),
            read,
            body,
            key=idempotency_key,
        )

    async def grant_credits(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.GrantCredits]
    ) -> models.ChangedGrant:
        """Grant credits."""
        read: Read[models.ChangedGrant] = reading(models.ChangedGrant)
        return await self._sender.about(ws).command(
            "POST", path("/v1/metering/workspaces/{}/grants", ws), read, body, key=idempotency_key
        )

    async def revoke_grant(
        self,
        ws: str,
        id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.RevokeGrant],
    ) -> models.RevokedGrants:
        """Take back what is neither spent nor held of a grant."""
        read: Read[models.RevokedGrants] = reading(models.RevokedGrants)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/metering/workspaces/{}/grants/{}/revoke", ws, id),
            read,
            body or None,
            key=idempotency_key,
        )

    async def show_credits(
        self, ws: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> models.Credits:
        """Credits of a workspace."""
        read: Read[models.Credits] = reading(models.Credits)
        return await self._sender.about(ws).query(
            path("/v1/metering/workspaces/{}/credits", ws),
            read,
            services=("addons", "billing", "metering"),
            limit=limit,
            cursor=cursor,
        )

    async def list_addons(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AddonCatalogue:
        """The catalogue of add-ons."""
        read: Read[models.AddonCatalogue] = reading(models.AddonCatalogue)
        return await self._sender.query("/v1/addons/catalog", read, limit=limit, cursor=cursor)

    async def create_addon(
        self, *, idempotency_key: str | None = None, **body: Unpack[bodies.CreateAddon]
    ) -> models.Addon:
        """Sell an add-on."""
        read: Read[models.Addon] = reading(models.Addon)
        return await self._sender.command(
            "POST", "/v1/addons/catalog", read, body, key=idempotency_key
        )

    async def change_addon(self, slug: str, /, **body: Unpack[bodies.ChangeAddon]) -> models.Addon:
        """Change an add-on."""
        read: Read[models.Addon] = reading(models.Addon)
        return await self._sender.command("PATCH", path("/v1/addons/catalog/{}", slug), read, body)

    async def buy_addon(
        self, ws: str, /, *, idempotency_key: str | None = None, **body: Unpack[bodies.BuyAddon]
    ) -> models.Purchase:
        """Buy an add-on."""
        read: Read[models.Purchase] = reading(models.Purchase)
        return await self._sender.about(ws).command(
            "POST",
            path("/v1/addons/workspaces/{}/purchases", ws),
            read,
            body,
            key=idempotency_key,
            services=("billing", "addons"),
        )

    async def deliver_addon(
        self, id: str, /, *, idempotency_key: str | None = None
    ) -> models.Purchase:
        """Say that a paid purchase was delivered."""
        read: Read[models.Purchase] = reading(models.Purchase)
        return await self._sender.command(
            "POST", path("/v1/addons/purchases/{}/deliver", id), read, key=idempotency_key
        )

    async def reopen_addon(
        self, id: str, /, *, idempotency_key: str | None = None
    ) -> models.Purchase:
        """Let a delivered service be bought again."""
        read: Read[models.Purchase] = reading(models.Purchase)
        return await self._sender.command(
            "POST", path("/v1/addons/purchases/{}/reopen", id), read, key=idempotency_key
        )

    async def refund_purchase(
        self,
        id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.RefundPurchase],
    ) -> models.Purchase:
        """Give back what was paid, or a part of it."""
        read: Read[models.Purchase] = reading(models.Purchase)
        return await self._sender.command(
            "POST",
            path("/v1/addons/purchases/{}/refund", id),
            read,
            body or None,
            key=idempotency_key,
        )

    async def cancel_purchase(
        self,
        id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.CancelPurchase],
    ) -> models.Purchase:
        """Cancel a purchase before delivery."""
        read: Read[models.Purchase] = reading(models.Purchase)
        return await self._sender.command(
            "POST",
            path("/v1/addons/purchases/{}/cancel", id),
            read,
            body or None,
            key=idempotency_key,
        )

    async def reconcile_purchase(
        self, id: str, /, *, idempotency_key: str | None = None
    ) -> models.Purchase:
        """Ask the gateway how the payment stands, and apply it."""
        read: Read[models.Purchase] = reading(models.Purchase)
        return await self._sender.command(
            "POST", path("/v1/addons/purchases/{}/reconcile", id), read, key=idempotency_key
        )

    async def list_top_ups(self, ws: str, /) -> models.TopUps:
        """What is bought by itself."""
        read: Read[models.TopUps] = reading(models.TopUps)
        return await self._sender.about(ws).query(
            path("/v1/addons/workspaces/{}/top-ups", ws), read
        )

    async def set_top_up(
        self, ws: str, meter: str, /, **body: Unpack[bodies.SetTopUp]
    ) -> models.TopUp:
        """Buy credits when few are left."""
        read: Read[models.TopUp] = reading(models.TopUp)
        return await self._sender.about(ws).command(
            "PUT", path("/v1/addons/workspaces/{}/top-ups/{}", ws, meter), read, body
        )

    async def remove_top_up(self, ws: str, meter: str, /) -> models.TopUp:
        """Buy nothing by itself any more."""
        read: Read[models.TopUp] = reading(models.TopUp)
        return await self._sender.about(ws).command(
            "DELETE", path("/v1/addons/workspaces/{}/top-ups/{}", ws, meter), read
        )

    async def list_webhook_endpoints(
        self,
    ) -> models.WebhookEndpoints:
        """The webhook endpoints."""
        read: Read[models.WebhookEndpoints] = reading(models.WebhookEndpoints)
        return await self._sender.query("/v1/webhook-endpoints", read)

    async def add_webhook_endpoint(
        self, *, idempotency_key: str | None = None, **body: Unpack[bodies.AddWebhookEndpoint]
    ) -> models.WebhookEndpointWithSecret:
        """Add a webhook endpoint."""
        read: Read[models.WebhookEndpointWithSecret] = reading(models.WebhookEndpointWithSecret)
        return await self._sender.command(
            "POST", "/v1/webhook-endpoints", read, body, key=idempotency_key
        )

    async def get_webhook_endpoint(self, id: str, /) -> models.WebhookEndpoint:
        """One webhook endpoint, and how it fares."""
        read: Read[models.WebhookEndpoint] = reading(models.WebhookEndpoint)
        return await self._sender.query(path("/v1/webhook-endpoints/{}", id), read)

    async def change_webhook_endpoint(
        self, id: str, /, **body: Unpack[bodies.ChangeWebhookEndpoint]
    ) -> models.WebhookEndpointWithSecret:
        """Change a webhook endpoint, enable or disable it, or give it a new secret."""
        read: Read[models.WebhookEndpointWithSecret] = reading(models.WebhookEndpointWithSecret)
        return await self._sender.command("PATCH", path("/v1/webhook-endpoints/{}", id), read, body)

    async def remove_webhook_endpoint(self, id: str, /) -> models.WebhookEndpoint:
        """Remove a webhook endpoint, with what waits for it."""
        read: Read[models.WebhookEndpoint] = reading(models.WebhookEndpoint)
        return await self._sender.command("DELETE", path("/v1/webhook-endpoints/{}", id), read)

    async def list_webhook_deliveries(
        self,
        id: str,
        /,
        *,
        state: Literal["waiting", "delivered", "failed"] | None = None,
        workspace_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.WebhookDeliveries:
        """What was sent to an endpoint, and what waits to be sent again."""
        read: Read[models.WebhookDeliveries] = reading(models.WebhookDeliveries)
        return await self._sender.query(
            path("/v1/webhook-endpoints/{}/deliveries", id),
            read,
            state=state,
            workspace_id=workspace_id,
            limit=limit,
            cursor=cursor,
        )

    async def replay_webhooks(
        self,
        id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[bodies.ReplayWebhooks],
    ) -> models.WebhookReplay:
        """Send events again."""
        read: Read[models.WebhookReplay] = reading(models.WebhookReplay)
        return await self._sender.command(
            "POST",
            path("/v1/webhook-endpoints/{}/replay", id),
            read,
            body or None,
            key=idempotency_key,
        )

    async def send_test_webhook(
        self, id: str, /, *, idempotency_key: str | None = None
    ) -> models.WebhookTest:
        """Send a test event now, once."""
        read: Read[models.WebhookTest] = reading(models.WebhookTest)
        return await self._sender.command(
            "POST", path("/v1/webhook-endpoints/{}/test", id), read, key=idempotency_key
        )

    async def get_mail_preferences(self, ws: str, /) -> models.MailPreferences:
        """What a workspace is told by mail, and in which language."""
        read: Read[models.MailPreferences] = reading(models.MailPreferences)
        return await self._sender.about(ws).query(
            path("/v1/notifications/workspaces/{}/preferences", ws), read
        )

    async def put_mail_preferences(
        self, ws: str, /, **body: Unpack[bodies.MailPreferences]
    ) -> models.MailPreferences:
        """Choose the language of a workspace's mails, and what it does without."""
        read: Read[models.MailPreferences] = reading(models.MailPreferences)
        return await self._sender.about(ws).command(
            "PUT", path("/v1/notifications/workspaces/{}/preferences", ws), read, body
        )

    async def list_mails(self, ws: str, /) -> models.Mails:
        """What a workspace was told by mail, and which of its addresses take none."""
        read: Read[models.Mails] = reading(models.Mails)
        return await self._sender.about(ws).query(
            path("/v1/notifications/workspaces/{}/mails", ws), read
        )

    async def lift_refused_addresses(self, ws: str, /) -> models.Mails:
        """Write to them again, after their mail server was mended."""
        read: Read[models.Mails] = reading(models.Mails)
        return await self._sender.about(ws).command(
            "DELETE", path("/v1/notifications/workspaces/{}/refused-addresses", ws), read
        )

    async def get_subscription(self, ws: str, /) -> models.Subscription:
        """How a workspace stands."""
        read: Read[models.Subscription] = reading(models.Subscription)
        return await self._sender.about(ws).query(
            path("/v1/projections/workspaces/{}/subscription", ws), read, services=("billing",)
        )

    async def price_plans(
        self, *, limit: int | None = None, cursor: str | None = None, currency: str | None = None
    ) -> models.Pricing:
        """What is for sale."""
        read: Read[models.Pricing] = reading(models.Pricing)
        return await self._sender.query(
            "/v1/projections/plans",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            currency=currency,
        )

    async def list_plans(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.Catalogue:
        """All plans, with their subscribers and their sync."""
        read: Read[models.Catalogue] = reading(models.Catalogue)
        return await self._sender.query(
            "/v1/projections/plans/admin", read, services=("billing",), limit=limit, cursor=cursor
        )

    async def show_usage(self, ws: str, /, *, period: str | None = None) -> models.UsageOfWorkspace:
        """What a workspace used in a month."""
        read: Read[models.UsageOfWorkspace] = reading(models.UsageOfWorkspace)
        return await self._sender.about(ws).query(
            path("/v1/projections/workspaces/{}/usage", ws),
            read,
            services=("metering", "billing"),
            period=period,
        )

    async def list_usage(
        self,
        *,
        period: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        near: int | None = None,
        known: bool | None = None,
        q: str | None = None,
    ) -> models.UsagePage:
        """What all workspaces used in a month."""
        read: Read[models.UsagePage] = reading(models.UsagePage)
        return await self._sender.query(
            "/v1/projections/usage",
            read,
            services=("metering", "billing"),
            period=period,
            limit=limit,
            cursor=cursor,
            near=near,
            known=known,
            q=q,
        )

    async def list_offered_addons(
        self, ws: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AddonPage:
        """The add-ons that a workspace can buy."""
        read: Read[models.AddonPage] = reading(models.AddonPage)
        return await self._sender.about(ws).query(
            path("/v1/projections/workspaces/{}/addons", ws),
            read,
            services=("addons",),
            limit=limit,
            cursor=cursor,
        )

    async def list_purchases(
        self, ws: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> models.PurchaseHistory:
        """What a workspace has bought."""
        read: Read[models.PurchaseHistory] = reading(models.PurchaseHistory)
        return await self._sender.about(ws).query(
            path("/v1/projections/workspaces/{}/purchases", ws),
            read,
            services=("addons",),
            limit=limit,
            cursor=cursor,
        )

    async def list_orders(
        self,
        *,
        status: Literal[
            "pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"
        ]
        | None = None,
        q: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        owed: bool | None = None,
    ) -> models.OrderLedger:
        """The orders of all workspaces."""
        read: Read[models.OrderLedger] = reading(models.OrderLedger)
        return await self._sender.query(
            "/v1/projections/orders",
            read,
            services=("addons",),
            status=status,
            q=q,
            limit=limit,
            cursor=cursor,
            owed=owed,
        )

    async def list_workspace_invoices(
        self,
        ws: str,
        /,
        *,
        status: Literal["open", "paid", "void", "uncollectible"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.InvoicePage:
        """What a workspace was billed, with every payment, refund and dispute."""
        read: Read[models.InvoicePage] = reading(models.InvoicePage)
        return await self._sender.about(ws).query(
            path("/v1/projections/workspaces/{}/invoices", ws),
            read,
            services=("billing",),
            status=status,
            limit=limit,
            cursor=cursor,
        )

    async def list_invoices(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        workspace: str | None = None,
        status: Literal["open", "paid", "void", "uncollectible"] | None = None,
        gateway: str | None = None,
        currency: str | None = None,
        q: str | None = None,
    ) -> models.InvoicePage:
        """The invoices of all workspaces."""
        read: Read[models.InvoicePage] = reading(models.InvoicePage)
        return await self._sender.query(
            "/v1/projections/invoices",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            workspace=workspace,
            status=status,
            gateway=gateway,
            currency=currency,
            q=q,
        )

    async def list_subscriptions(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Literal[
            "pending",
            "trialing",
            "active",
            "grace",
            "past_due",
            "suspended",
            "paused",
            "cancelled",
            "expired",
        ]
        | None = None,
        plan: str | None = None,
        gateway: str | None = None,
        currency: str | None = None,
        q: str | None = None,
    ) -> models.SubscriptionPage:
        """The subscriptions of all workspaces."""
        read: Read[models.SubscriptionPage] = reading(models.SubscriptionPage)
        return await self._sender.query(
            "/v1/projections/subscriptions",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            status=status,
            plan=plan,
            gateway=gateway,
            currency=currency,
            q=q,
        )

    async def show_revenue(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        since: str | None = None,
        until: str | None = None,
        currency: str | None = None,
    ) -> models.RevenuePage:
        """Monthly recurring revenue with its movements, and what was paid, failed, given back
        and disputed, by month and currency."""
        read: Read[models.RevenuePage] = reading(models.RevenuePage)
        return await self._sender.query(
            "/v1/projections/revenue",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            since=since,
            until=until,
            currency=currency,
        )

    async def list_cohorts(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        plan: str | None = None,
        since: str | None = None,
        until: str | None = None,
        currency: str | None = None,
    ) -> models.CohortPage:
        """Who began to pay in the same month on the same plan: how many of them still pay, and
        how much, month by month."""
        read: Read[models.CohortPage] = reading(models.CohortPage)
        return await self._sender.query(
            "/v1/projections/revenue/cohorts",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            plan=plan,
            since=since,
            until=until,
            currency=currency,
        )

    async def list_movements(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        month: str | None = None,
        currency: str | None = None,
        kind: Literal["new", "expansion", "contraction", "churn", "reactivation"] | None = None,
        workspace: str | None = None,
        until: str | None = None,
        cohort: str | None = None,
        cohort_plan: str | None = None,
    ) -> models.MovementPage:
        """What moved the recurring revenue, each with its event."""
        read: Read[models.MovementPage] = reading(models.MovementPage)
        return await self._sender.query(
            "/v1/projections/revenue/movements",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            month=month,
            currency=currency,
            kind=kind,
            workspace=workspace,
            until=until,
            cohort=cohort,
            cohort_plan=cohort_plan,
        )

    async def list_payments(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        month: str | None = None,
        currency: str | None = None,
        kind: Literal[
            "payment",
            "payment_failed",
            "refund",
            "refund_failed",
            "dispute_opened",
            "dispute_won",
            "dispute_lost",
        ]
        | None = None,
        workspace: str | None = None,
    ) -> models.MoneyPage:
        """Payments, failed ones, refunds and disputes, each with its event."""
        read: Read[models.MoneyPage] = reading(models.MoneyPage)
        return await self._sender.query(
            "/v1/projections/revenue/payments",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            month=month,
            currency=currency,
            kind=kind,
            workspace=workspace,
        )

    async def list_webhooks(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal["received", "retry", "parked", "processed"] | None = None,
        gateway: str | None = None,
        workspace: str | None = None,
        q: str | None = None,
    ) -> models.WebhookPage:
        """What gateways notified us of, and what could not be read."""
        read: Read[models.WebhookPage] = reading(models.WebhookPage)
        return await self._sender.query(
            "/v1/projections/webhooks",
            read,
            services=("billing",),
            limit=limit,
            cursor=cursor,
            state=state,
            gateway=gateway,
            workspace=workspace,
            q=q,
        )

    async def list_events(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        service: str | None = None,
        type: str | None = None,
        workspace: str | None = None,
        stream: str | None = None,
        actor: str | None = None,
        cause: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> models.Events:
        """All events of all services."""
        read: Read[models.Events] = reading(models.Events)
        return await self._sender.query(
            "/v1/audit/events",
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
            service=service,
            type=type,
            workspace=workspace,
            stream=stream,
            actor=actor,
            cause=cause,
            since=since,
            until=until,
        )

    async def show_stream(
        self, stream: str, /, *, limit: int | None = None, cursor: int | None = None
    ) -> models.Stream:
        """One aggregate's events, oldest first."""
        read: Read[models.Stream] = reading(models.Stream)
        return await self._sender.query(
            path("/v1/audit/streams/{}", stream),
            read,
            services=("billing", "metering", "addons"),
            limit=limit,
            cursor=cursor,
        )

    async def tell_timeline(
        self, ws: str, /, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Timeline:
        """What happened to a workspace, in words."""
        read: Read[models.Timeline] = reading(models.Timeline)
        return await self._sender.about(ws).query(
            path("/v1/audit/workspaces/{}/timeline", ws),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def follow_cause(
        self, cause: str, /, *, cursor: str | None = None, limit: int | None = None
    ) -> models.CausedEvents:
        """Everything that one cause led to."""
        read: Read[models.CausedEvents] = reading(models.CausedEvents)
        return await self._sender.query(
            path("/v1/audit/causes/{}", cause),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def show_as_of(
        self, ws: str, /, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> models.AsOfAnswer:
        """What was true of a workspace at a moment? `at`: by when it had happened; `known_at`:
        by when it had been recorded."""
        read: Read[models.AsOfAnswer] = reading(models.AsOfAnswer)
        return await self._sender.about(ws).query(
            path("/v1/audit/workspaces/{}/as-of", ws),
            read,
            services=("billing", "metering", "addons"),
            at=at,
            known_at=known_at,
        )

    async def explain_subscription(
        self, ws: str, /, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Explanation:
        """Which events made a subscription what it is? In the order of recording."""
        read: Read[models.Explanation] = reading(models.Explanation)
        return await self._sender.about(ws).query(
            path("/v1/audit/explain/workspaces/{}/subscription", ws),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def explain_usage(
        self,
        ws: str,
        metric: str,
        month: str,
        /,
        *,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.Explanation:
        """Which events made a month's figure? In the order of recording."""
        read: Read[models.Explanation] = reading(models.Explanation)
        return await self._sender.about(ws).query(
            path("/v1/audit/explain/workspaces/{}/usage/{}/{}", ws, metric, month),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def trace_decision(
        self, decision_id: str, /, *, cursor: str | None = None, limit: int | None = None
    ) -> models.DecisionExplanation:
        """Which events led to a refusal? By its `X-Decision-Id`."""
        read: Read[models.DecisionExplanation] = reading(models.DecisionExplanation)
        return await self._sender.query(
            path("/v1/audit/explain/decisions/{}", decision_id),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def explain_account(
        self, ws: str, meter: str, /, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Explanation:
        """Which events made a declared meter's account what it is? In the order of recording."""
        read: Read[models.Explanation] = reading(models.Explanation)
        return await self._sender.about(ws).query(
            path("/v1/audit/explain/workspaces/{}/accounts/{}", ws, meter),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def explain_purchase(
        self, purchase_id: str, /, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Explanation:
        """Which events made a purchase what it is? In the order of recording."""
        read: Read[models.Explanation] = reading(models.Explanation)
        return await self._sender.query(
            path("/v1/audit/explain/purchases/{}", purchase_id),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def explain_invoice(
        self,
        gateway: str,
        invoice_ref: str,
        /,
        *,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.Explanation:
        """Which events made an invoice what it is? In the order of recording."""
        read: Read[models.Explanation] = reading(models.Explanation)
        return await self._sender.query(
            path("/v1/audit/explain/invoices/{}/{}", gateway, invoice_ref),
            read,
            services=("billing", "metering", "addons"),
            cursor=cursor,
            limit=limit,
        )

    async def explain_movement(self, event: str, /) -> models.Explanation:
        """Which events moved the recurring revenue? By the one that made the movement."""
        read: Read[models.Explanation] = reading(models.Explanation)
        return await self._sender.query(
            path("/v1/audit/explain/movements/{}", event),
            read,
            services=("billing", "metering", "addons"),
        )

    async def show_heads(
        self,
    ) -> models.HeadsAnswer:
        """What history is at this moment, signed."""
        read: Read[models.HeadsAnswer] = reading(models.HeadsAnswer)
        return await self._sender.query(
            "/v1/audit/heads", read, services=("billing", "metering", "addons")
        )

    async def prove_consistency(
        self,
        *,
        service: Literal["billing", "metering", "addons"] | None = None,
        first: int | None = None,
        second: int | None = None,
    ) -> models.GrowthProof:
        """That a log only grew from one signed size to another."""
        read: Read[models.GrowthProof] = reading(models.GrowthProof)
        return await self._sender.query(
            "/v1/audit/proofs/consistency",
            read,
            services=("billing", "metering", "addons"),
            service=service,
            first=first,
            second=second,
        )

    async def prove_inclusion(
        self,
        *,
        service: Literal["billing", "metering", "addons"] | None = None,
        sequence: int | None = None,
        size: int | None = None,
    ) -> models.EventProof:
        """That an event is in a log of a signed size."""
        read: Read[models.EventProof] = reading(models.EventProof)
        return await self._sender.query(
            "/v1/audit/proofs/inclusion",
            read,
            services=("billing", "metering", "addons"),
            service=service,
            sequence=sequence,
            size=size,
        )

    async def verify_history(
        self, **body: Unpack[bodies.Verification]
    ) -> models.VerificationAnswer:
        """Verify History."""
        read: Read[models.VerificationAnswer] = reading(models.VerificationAnswer)
        return await self._sender.command(
            "POST",
            "/v1/audit/verify",
            read,
            body or None,
            services=("billing", "metering", "addons"),
        )

    async def certify_erasure(self, ws: str, /) -> models.ErasureCertificate:
        """A signed statement that nobody can read a workspace's personal data any more."""
        read: Read[models.ErasureCertificate] = reading(models.ErasureCertificate)
        return await self._sender.about(ws).query(
            path("/v1/audit/workspaces/{}/erasure-certificate", ws),
            read,
            services=("billing", "metering", "addons"),
        )

    async def show_personal_data(self, ws: str, /) -> models.PersonalDataAnswer:
        """All sealed texts of a workspace and what gateways have posted of it, readable: for the
        people themselves."""
        read: Read[models.PersonalDataAnswer] = reading(models.PersonalDataAnswer)
        return await self._sender.about(ws).query(
            path("/v1/audit/workspaces/{}/personal-data", ws),
            read,
            services=("billing", "metering", "addons"),
        )
