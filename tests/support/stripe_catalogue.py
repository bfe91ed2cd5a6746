"""Products, prices, customers, checkout sessions and portal sessions of the double."""

from __future__ import annotations

from copy import deepcopy

from tests.support.stripe_routes import Params, route
from tests.support.stripe_shapes import Record
from tests.support.stripe_store import Refusal, Store

_THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
_DAY = 86_400


@route("POST", "/v1/products")
def create_product(store: Store, params: Params) -> Record:
    identity = params.pop("id", "")
    if identity in store.objects:
        raise Refusal(400, "Product already exists.", code="resource_already_exists")
    made = store.add("product", identity, active=True, updated=store.timestamp())
    store.update(made, {"metadata": {}, **params})
    return made


@route("GET", "/v1/products/{id}")
def show_product(store: Store, params: Params, identity: str) -> Record:
    return store.get(identity)


@route("POST", "/v1/products/{id}")
def update_product(store: Store, params: Params, identity: str) -> Record:
    product = store.get(identity)
    store.update(product, {**params, "updated": store.timestamp()})
    return product


@route("POST", "/v1/prices")
def create_price(store: Store, params: Params) -> Record:
    store.get(params["product"], param="product", status=400)
    check_amount(params["unit_amount"], params["currency"])
    recurring = {
        "interval": params["recurring"]["interval"],
        "interval_count": 1,
        "usage_type": "licensed",
        "meter": None,
    }
    made = store.add("price", active=True, type="recurring", billing_scheme="per_unit")
    store.update(made, {"metadata": {}, **params, "recurring": recurring})
    return made


@route("GET", "/v1/prices")
def list_prices(store: Store, params: Params) -> Record:
    def keep(price: Record) -> bool:
        return all(price[name] == params[name] for name in ("product", "active") if name in params)

    return store.listed(store.every("price", keep), "/v1/prices", params)


@route("GET", "/v1/prices/{price}")
def show_price(store: Store, params: Params, identity: str) -> Record:
    return store.view(store.get(identity), params.get("expand", []))


@route("POST", "/v1/prices/{price}")
def update_price(store: Store, params: Params, identity: str) -> Record:
    """Subscriptions show it as it is now."""
    price = store.get(identity)
    store.update(price, params)
    for item in store.every("subscription_item", lambda each: each["price"]["id"] == identity):
        item["price"] = deepcopy(price)
    return price


@route("POST", "/v1/customers")
def create_customer(store: Store, params: Params) -> Record:
    settings = {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    }
    made = store.add("customer", metadata={}, invoice_settings=settings)
    store.update(made, params)
    return made


@route("POST", "/v1/customers/{customer}")
def update_customer(store: Store, params: Params, identity: str) -> Record:
    customer = living(store, identity, param="id", status=404)
    store.update(customer, params)
    return customer


@route("GET", "/v1/customers/{customer}/tax_ids")
def list_tax_ids(store: Store, params: Params, identity: str) -> Record:
    found = store.every("tax_id", lambda each: each["customer"] == identity)
    return store.listed(found, f"/v1/customers/{identity}/tax_ids", params)


@route("POST", "/v1/customers/{customer}/tax_ids")
def create_tax_id(store: Store, params: Params, identity: str) -> Record:
    living(store, identity, param="id", status=404)
    return store.add("tax_id", customer=identity, **params)


@route("DELETE", "/v1/customers/{customer}/tax_ids/{id}")
def delete_tax_id(store: Store, params: Params, identity: str, tax_id: str) -> Record:
    store.get(tax_id)
    store.remove(tax_id)
    return {"id": tax_id, "object": "tax_id", "deleted": True}


@route("GET", "/v1/customers/search")
def search_customers(store: Store, params: Params) -> Record:
    return store.searched("customer", params)


@route("GET", "/v1/customers")
def list_customers(store: Store, params: Params) -> Record:
    def keep(customer: Record) -> bool:
        named = params.get("email", customer["email"])
        return customer["email"] == named and not customer.get("deleted")

    found = store.every("customer", keep)
    return store.listed(found, "/v1/customers", params)


@route("POST", "/v1/checkout/sessions")
def create_session(store: Store, params: Params) -> Record:
    living(store, params["customer"])
    (line,) = params.pop("line_items")
    amount, currency = _sum(store, line)
    made = store.add("checkout.session", url=None)
    made.update(
        {name: params[name] for name in made if name in params},
        status="open",
        payment_status="unpaid",
        payment_method_types=["card"],
        amount_total=amount,
        amount_subtotal=amount,
        currency=currency,
        expires_at=store.timestamp() + _DAY,
        url=f"https://checkout.stripe.com/c/pay/{made['id']}",
        invoice_creation=None,
    )
    store.orders[made["id"]] = {**params, "price": line.get("price"), "quantity": line["quantity"]}
    return made


@route("GET", "/v1/checkout/sessions")
def list_sessions(store: Store, params: Params) -> Record:
    store.get(params["customer"], param="customer", status=400)
    found = store.every("checkout.session", lambda each: each["customer"] == params["customer"])
    return store.listed(found, "/v1/checkout/sessions", params)


@route("GET", "/v1/checkout/sessions/{session}")
def show_session(store: Store, params: Params, identity: str) -> Record:
    return store.view(store.get(identity), params.get("expand", []))


@route("POST", "/v1/checkout/sessions/{session}/expire")
def expire_session(store: Store, params: Params, identity: str) -> Record:
    session = store.get(identity)
    if session["status"] != "open":
        raise Refusal(400, "Only Checkout Sessions with a status in [open] can be expired.")
    session.update(status="expired", url=None)
    store.emit("checkout.session.expired", session)
    return session


@route("POST", "/v1/billing_portal/sessions")
def create_portal_session(store: Store, params: Params) -> Record:
    store.get(params["customer"], param="customer", status=400)
    made = store.add("billing_portal.session", configuration="bpc_1", **params)
    made["url"] = f"https://billing.stripe.com/p/session/{made['id']}"
    return made


def living(store: Store, customer: str, *, param: str = "customer", status: int = 400) -> Record:
    """A deleted customer is as good as none in every request."""
    found = store.get(customer, param=param, status=status)
    if found.get("deleted"):
        text = f"No such customer: '{customer}'"
        raise Refusal(status, text, code="resource_missing", param=param)
    return found


def check_amount(amount: int, currency: str) -> None:
    if currency in _THREE_DECIMALS and amount % 10:
        raise Refusal(400, "The last digit of this currency's amount has to be 0.")
    if currency in {"isk", "ugx"} and amount % 100:
        raise Refusal(400, "This currency takes no decimals.")


def _sum(store: Store, line: Params) -> tuple[int, str]:
    if "price_data" in line:
        given = line["price_data"]
        check_amount(given["unit_amount"], given["currency"])
        return given["unit_amount"], given["currency"]
    price = store.get(line["price"], param="line_items[0][price]", status=400)
    if not price["active"]:
        raise Refusal(400, "The price specified is inactive.", param="line_items[0][price]")
    return price["unit_amount"] * line["quantity"], price["currency"]
