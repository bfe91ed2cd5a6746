"""Why billing refuses. Codes are public and stable."""

from __future__ import annotations

from kernel.errors import Conflict, DomainError, NotFound

# --- plans ----------------------------------------------------------------------------------------


class PlanNotFound(NotFound):
    code = "plan_not_found"
    message = "There is no such plan."


class PlanInactive(Conflict):
    """Inactive plans can't be chosen; who has one keeps it."""

    code = "plan_inactive"
    message = "This plan can't be chosen any more."


class PlanLocalOnly(Conflict):
    code = "plan_local_only"
    message = "This plan costs nothing and is not sold by any gateway."


class PlanOnRequest(Conflict):
    """It is shown without a price: people agree on it, and an admin assigns it."""

    code = "plan_on_request"
    message = "This plan is agreed on by hand. Contact us."


class DefaultPlanRequired(Conflict):
    """Exactly one plan is the default, and it is active and costs nothing."""

    code = "default_plan_required"
    message = "The default plan must be active and cost nothing. Make another plan the default."


class PlanNotSynced(DomainError):
    """The gateway does not sell the plan as the catalogue has it, and could not be made to now."""

    code = "plan_not_synced"
    kind = "upstream"
    message = "The payment gateway does not offer this plan yet. Try again."


class PlanMigrationNotFound(NotFound):
    code = "plan_migration_not_found"
    message = "There is no such migration of this plan."


class PlanMigrationRunning(Conflict):
    """One at a time moves the subscribers of a plan."""

    code = "plan_migration_running"
    message = "The subscribers of this plan are being moved already. Stop that migration first."


# --- discounts ------------------------------------------------------------------------------------


class DiscountNotFound(NotFound):
    code = "discount_not_found"
    message = "There is no such discount."


class DiscountNotApplicable(Conflict):
    """`reason` (a detail) is `inactive`, `expired`, `plan` or `currency`."""

    code = "discount_not_applicable"
    message = "This discount can't be given for that."


class DiscountExhausted(Conflict):
    code = "discount_exhausted"
    message = "This discount was given as often as it can be."


class DiscountAlreadyUsed(Conflict):
    """Once for a workspace, also when it has ended since."""

    code = "discount_already_used"
    message = "This workspace has used this discount."


# --- accounts -------------------------------------------------------------------------------------


class AlreadySubscribed(Conflict):
    code = "already_subscribed"
    message = "This workspace has this plan already."


class NotSubscribed(Conflict):
    """There is no subscription at a gateway that the command could be about."""

    code = "not_subscribed"
    message = "This workspace has no subscription that this can be done to."


class TooManyCheckouts(Conflict):
    """Superseded pages that their gateway has not closed yet count too."""

    code = "too_many_checkouts"
    message = "Too many checkouts of this workspace can still be paid. Try again later."


class ChangeNotApplied(DomainError):
    """The gateway's answer was compared with what its subscription shows since."""

    code = "change_not_applied"
    kind = "upstream"
    message = "The payment gateway accepted the change and did not make it. Try again."


class ChangeOvertaken(Conflict):
    """The gateway made the change, and another one after it."""

    code = "change_overtaken"
    message = "The subscription was changed otherwise meanwhile."


class CannotResume(Conflict):
    """No cancellation is scheduled, it has taken effect, or the gateway takes none back."""

    code = "cannot_resume"
    message = "This subscription can't be resumed. Subscribe again."


class CancellationPending(Conflict):
    code = "cancellation_scheduled"
    message = "This subscription is about to end. Resume it first."


class SwapPending(Conflict):
    """What is planned would bring the old quantity back."""

    code = "swap_scheduled"
    message = "Another plan is scheduled. Swap to the present one first, which takes that back."


class NotPaused(Conflict):
    code = "not_paused"
    message = "This subscription is not paused."


class NotInTrial(Conflict):
    code = "not_in_trial"
    message = "No trial of this subscription runs."


class SubscriptionLive(Conflict):
    """Assigning a plan must not silently end what somebody pays for."""

    code = "subscription_live"
    message = "This workspace pays for a subscription. Cancel it first."


class InvoiceNotFound(NotFound):
    code = "invoice_not_found"
    message = "This workspace has no such invoice."


class InvoiceNotRefundable(Conflict):
    """`refundable_cents` (a detail) is what is left of its payment."""

    code = "invoice_not_refundable"
    message = "That much is not left of what was paid for this invoice."


class InvoiceRefundNotMade(DomainError):
    """Nothing went back; `reason` (a detail) is the gateway's."""

    code = "invoice_refund_refused"
    kind = "upstream"
    message = "The payment gateway refused the refund."


class SubscriptionOfAnother(Conflict):
    code = "subscription_of_another"
    message = "This subscription is another workspace's."


class AccountUnknown(NotFound):
    """Nothing tells whose the gateway's object is, or the checkout that it names is not known
    here (yet)."""

    code = "account_not_found"
    message = "No workspace is known for this object of the payment gateway."


class PriceUnknown(Conflict):
    code = "price_unknown"
    message = "No plan is known for the price that this subscription is charged."


class PriceOfAnother(Conflict):
    """`plan` (a detail) is the one that has it."""

    code = "price_of_another"
    message = "This price is another plan's."


class WebhookNotParked(Conflict):
    """`state` (a detail): `received` is read soon, `processed` was."""

    code = "webhook_not_parked"
    message = "Only a parked webhook can be read again."


class PlanNotLocal(Conflict):
    """Paid plans are subscribed to, by whoever pays."""

    code = "plan_not_local"
    message = "Only a plan that costs nothing can be assigned."


# --- the pages ------------------------------------------------------------------------------------


class SessionLinkNotFound(NotFound):
    code = "session_link_not_found"
    message = "There is no such link."


class SessionLinkUsed(Conflict):
    """`return_url` (a detail) is where to ask for another one."""

    code = "session_link_used"
    message = "This link was used already, or has expired."


class SessionsNotSetUp(Conflict):
    code = "sessions_not_set_up"
    message = "This installation has no secret to sign sessions with."
