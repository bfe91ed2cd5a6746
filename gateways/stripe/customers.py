"""The customer of a workspace: one that lives, found again or made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

import stripe

from gateways.port import CheckoutRequest, PaymentRequest
from gateways.stripe.client import StripeClient, once
from gateways.stripe.failures import is_missing
from gateways.stripe.metadata import facts, is_prefixed
from gateways.stripe.references import quoted

Made = TypeVar("Made")
Request = CheckoutRequest | PaymentRequest

_ATTEMPTS = 2


class Customers:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._installation = client.installation

    def with_one(self, request: Request, make: Callable[[str], Made]) -> Made:
        """`make` with the customer that is known, else with the workspace's own, else with another:
        one that was deleted, or belongs to another key's mode, serves no longer."""
        gone: list[str] = []
        while True:
            customer = (request.customer if not gone else None) or self._own(request, gone)
            try:
                return make(customer)
            except stripe.InvalidRequestError as error:
                if len(gone) == _ATTEMPTS or not _is_gone(error):
                    raise
                gone.append(customer)

    def _own(self, request: Request, gone: list[str]) -> str:
        """Search is minutes late at worst, the idempotency key of creation (always the same
        parameters) covers a day: together they never make a second one. Where there is no search,
        those with the same address are looked through."""
        for known in self._known(request):
            if known.id not in gone:
                return known.id
        made = self._made(request, "customer")
        return made if made not in gone else self._made(request, f"customer-after-{gone[-1]}")

    def _made(self, request: Request, step: str) -> str:
        """The address comes after the creation, whose parameters always have to be the same; that
        the customer is gone by then is found out by what follows."""
        workspace, address = request.workspace_id, request.customer_email
        customer = self._api.customers.create(
            {"metadata": self._installation.written({"workspace_id": workspace})},
            once(f"workspace:{self._installation.id}:{workspace}", step),
        )
        if address and customer.email != address:
            with suppress(stripe.InvalidRequestError):
                self._api.customers.update(customer.id, {"email": address})
        return customer.id

    def _known(self, request: Request) -> Iterator[stripe.Customer]:
        workspace = quoted(request.workspace_id)
        queries = (
            f"metadata['billing_workspace_id']:'{workspace}'",
            f"metadata['workspace_id']:'{workspace}'",
        )
        try:
            for query in queries:
                found = self._api.customers.search({"query": query, "limit": 100}).data
                yield from (each for each in found if self._is_ours(each, request))
        except (stripe.InvalidRequestError, stripe.PermissionError):
            yield from self._with_address(request)

    def _with_address(self, request: Request) -> Iterator[stripe.Customer]:
        if not request.customer_email:
            return
        found = self._api.customers.list({"email": request.customer_email, "limit": 100})
        yield from (each for each in found.data if self._is_ours(each, request))

    def _is_ours(self, customer: stripe.Customer, request: Request) -> bool:
        """Without our prefix a workspace of that name may be somebody else's: then a checkout that
        we made has to show it."""
        known = self._installation.own(facts(customer.metadata))
        if known.get("workspace_id") != request.workspace_id:
            return False
        if is_prefixed(customer.metadata):
            return True
        sessions = self._api.checkout.sessions.list({"customer": customer.id, "limit": 100})
        made = (self._installation.own(facts(each.metadata)) for each in sessions.data)
        return any(
            each.get("workspace_id") == request.workspace_id and "command_id" in each
            for each in made
        )


def _is_gone(error: stripe.InvalidRequestError) -> bool:
    return is_missing(error) and error.param == "customer"
