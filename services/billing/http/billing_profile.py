"""Who pays for a workspace, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from gateways.port.payers import Address, PayerDetails, TaxId
from kernel.text import LINE
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means
from services.billing.application.billing import Billing
from services.billing.http import refusals
from services.billing.http.account_requests import Email
from services.billing.http.sale_bodies import Request
from services.billing.http.tax_ids import TaxIdType, checked

Line = Annotated[str, StringConstraints(pattern=LINE, max_length=200)]
Country = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), means("ISO 3166, two letters.", "DE")
]
Number = Annotated[
    str, StringConstraints(pattern=LINE, min_length=1, max_length=40), means("It.", "DE136695976")
]


class AddressBody(Request):
    """A postal address."""

    country: Country
    line1: Annotated[Line, means("Street and number.", "Invalidenstr. 116")] = ""
    line2: Annotated[Line, means("What comes before or after it.", "")] = ""
    city: Annotated[Line, means("Its town.", "Berlin")] = ""
    postal_code: Annotated[Line, means("Its postal code.", "10115")] = ""
    state: Annotated[Line, means("Its state or province.", "")] = ""


class TaxIdBody(Request):
    """A number under which taxes are paid."""

    type: Annotated[TaxIdType, means("Whose number it is.", "eu_vat")]
    value: Number


class NewBillingProfile(Request):
    """All of it: what is left out is forgotten."""

    name: Annotated[Line, means("Of the company or person.", "Acme GmbH")] = ""
    address: Annotated[AddressBody | None, means("Where they are.")] = None
    tax_ids: Annotated[list[TaxIdBody], Field(max_length=5), means("Shown on invoices.")] = Field(
        default_factory=list
    )
    email: Email | None = None

    def payer(self) -> PayerDetails:
        address = self.address
        return PayerDetails(
            name=self.name,
            email=self.email,
            address=Address(**address.model_dump()) if address is not None else None,
            tax_ids=tuple(
                TaxId(each.type, checked(each.type, each.value, f"body.tax_ids.{place}.value"))
                for place, each in enumerate(self.tax_ids)
            ),
        )


class ShownAddress(BaseModel):
    """A postal address."""

    country: Annotated[str, means("ISO 3166, two letters.", "DE")]
    line1: Annotated[str, means("Street and number.", "Invalidenstr. 116")]
    line2: Annotated[str, means("What comes before or after it.", "")]
    city: Annotated[str, means("Its town.", "Berlin")]
    postal_code: Annotated[str, means("Its postal code.", "10115")]
    state: Annotated[str, means("Its state or province.", "")]


class ShownTaxId(BaseModel):
    """A number under which taxes are paid."""

    type: Annotated[str, means("Whose number it is.", "eu_vat")]
    value: Annotated[str, means("It, without spaces and points.", "DE136695976")]


class BillingProfileBody(BaseModel):
    """Who pays, as invoices name them."""

    name: Annotated[str, means("Of the company or person.", "Acme GmbH")]
    address: Annotated[ShownAddress | None, means("Where they are.")]
    tax_ids: Annotated[list[ShownTaxId], means("Shown on invoices.")]
    email: Annotated[str | None, means("Where the gateway writes to.", "billing@acme.test")]


def billing_profile_routes(
    billing: Billing, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(
        store, keys, prefix="/v1/billing/workspaces/{ws}", tags=["subscriptions"]
    )
    admin: Any = access.workspace_admin

    @router.put("/billing-profile", openapi_extra=refusals.OF_ASKING)
    def set_billing_profile(
        ws: str, body: NewBillingProfile, principal: Principal = admin
    ) -> BillingProfileBody:
        """Say who pays. It is kept sealed, and given to the gateway that can show it; what an
        invoice shows, and which tax it adds, is the gateway's."""
        return _shown(billing.billing_profile(ws, body.payer(), principal.cause()))

    @router.get("/billing-profile")
    def get_billing_profile(
        ws: str, _: Principal = access.workspace_admin_or_support
    ) -> BillingProfileBody:
        """Who pays, as it was said last."""
        return _shown(billing.billing_profile.get(ws))

    return router


def _shown(payer: PayerDetails) -> BillingProfileBody:
    return BillingProfileBody.model_validate(payer, from_attributes=True)
