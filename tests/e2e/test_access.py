"""Who may do what: every route of the whole system, by every kind of caller."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
import jwt
import pytest

from tests.support.system import RunningSystem

Rule = Literal[
    "public",
    "signature",
    "authenticated",
    "admin_of",
    "admin_of_or_support",
    "reader_of",
    "service",
    "service_or_admin",
    "support",
    "super_admin",
    "auditor",
]

CALLERS: dict[str, dict[str, object]] = {
    "owner": {"workspaces": {"acme": "owner"}},
    "admin": {"workspaces": {"acme": "admin"}},
    "editor": {"workspaces": {"acme": "editor"}},
    "viewer": {"workspaces": {"acme": "viewer"}},
    "outsider": {"workspaces": {"other": "owner"}},
    "service": {"roles": ["service"]},
    "super_admin": {"roles": ["super_admin"]},
    "support": {"roles": ["support"]},
    "auditor": {"roles": ["auditor"]},
}
ALLOWED: dict[Rule, set[str]] = {
    "public": set(CALLERS),
    "signature": set(CALLERS),
    "authenticated": set(CALLERS),
    "admin_of": {"owner", "admin"},
    "admin_of_or_support": {"owner", "admin", "support", "super_admin"},
    "reader_of": {"owner", "admin", "editor", "viewer", "service", "support", "super_admin"},
    "service": {"service"},
    "service_or_admin": {"service", "super_admin"},
    "support": {"support", "super_admin"},
    "super_admin": {"super_admin"},
    "auditor": {"auditor", "super_admin"},
}
# SPEC's table. A route that is not listed fails the test.
ROUTES: dict[str, Rule] = {
    "POST /v1/billing/plans": "super_admin",
    "GET /v1/billing/plans/{slug}": "authenticated",
    "PATCH /v1/billing/plans/{slug}": "super_admin",
    "POST /v1/billing/plans/{slug}/sync": "super_admin",
    "GET /v1/billing/gateways": "authenticated",
    "POST /v1/billing/workspaces/{ws}/checkout": "admin_of",
    "GET /v1/billing/workspaces/{ws}/subscription": "admin_of_or_support",
    "POST /v1/billing/workspaces/{ws}/reconcile": "admin_of_or_support",
    "POST /v1/billing/workspaces/{ws}/subscription/cancel": "admin_of_or_support",
    "POST /v1/billing/workspaces/{ws}/subscription/resume": "admin_of",
    "POST /v1/billing/workspaces/{ws}/subscription/swap": "admin_of",
    "POST /v1/billing/workspaces/{ws}/subscription/quantity": "admin_of",
    "POST /v1/billing/workspaces/{ws}/subscription/discount": "admin_of",
    "DELETE /v1/billing/workspaces/{ws}/subscription/discount": "admin_of",
    "POST /v1/billing/plans/{slug}/migrations": "super_admin",
    "GET /v1/billing/plans/{slug}/migrations": "super_admin",
    "GET /v1/billing/plans/{slug}/migrations/{id}/workspaces": "super_admin",
    "POST /v1/billing/plans/{slug}/migrations/{id}/stop": "super_admin",
    "POST /v1/billing/discounts": "super_admin",
    "GET /v1/billing/discounts/{code}": "super_admin",
    "PATCH /v1/billing/discounts/{code}": "super_admin",
    "POST /v1/billing/workspaces/{ws}/subscription/pause": "admin_of",
    "POST /v1/billing/workspaces/{ws}/subscription/unpause": "admin_of",
    "POST /v1/billing/workspaces/{ws}/subscription/trial": "super_admin",
    "POST /v1/billing/workspaces/{ws}/adopt": "support",
    "POST /v1/billing/workspaces/{ws}/forget": "support",
    "POST /v1/billing/workspaces/{ws}/erase": "super_admin",
    "POST /v1/billing/workspaces/{ws}/invoices/{ref}/refund": "support",
    "PUT /v1/billing/workspaces/{ws}/plan": "super_admin",
    "PUT /v1/billing/workspaces/{ws}/overrides": "super_admin",
    "GET /v1/billing/workspaces/{ws}/settings": "admin_of_or_support",
    "GET /v1/billing/workspaces/{ws}/billing-profile": "admin_of_or_support",
    "PUT /v1/billing/workspaces/{ws}/billing-profile": "admin_of",
    "PATCH /v1/billing/workspaces/{ws}/settings": "admin_of",
    "POST /v1/billing/workspaces/{ws}/portal": "admin_of",
    "GET /v1/billing/workspaces/{ws}/invoices": "admin_of_or_support",
    "POST /v1/billing/webhooks/{gateway}/{id}/retry": "super_admin",
    "POST /v1/pages/sessions": "service",
    "POST /v1/pages/sessions/redeem": "public",
    "POST /webhooks/{gateway}": "signature",
    "GET /v1/metering/workspaces/{ws}/entitlements": "reader_of",
    "GET /v1/metering/workspaces/{ws}/can-start-conversation": "service",
    "GET /v1/metering/workspaces/{ws}/can-send-message": "service",
    "POST /v1/metering/events": "service",
    "POST /v1/metering/workspaces/{ws}/messages": "service",
    "POST /v1/metering/workspaces/{ws}/conversations": "service",
    "POST /v1/metering/workspaces/{ws}/conversations/{id}/first-turn": "service",
    "DELETE /v1/metering/workspaces/{ws}/conversations/{id}": "service",
    "GET /v1/metering/meters": "authenticated",
    "PUT /v1/metering/meters/{slug}": "super_admin",
    "GET /v1/metering/workspaces/{ws}/can-use": "service",
    "POST /v1/metering/workspaces/{ws}/usage": "service",
    "POST /v1/metering/workspaces/{ws}/reservations": "service",
    "POST /v1/metering/workspaces/{ws}/reservations/{id}/settle": "service",
    "DELETE /v1/metering/workspaces/{ws}/reservations/{id}": "service",
    "GET /v1/metering/workspaces/{ws}/events/{meter}/{id}": "service",
    "POST /v1/metering/workspaces/{ws}/corrections": "service_or_admin",
    "POST /v1/metering/workspaces/{ws}/grants": "service_or_admin",
    "POST /v1/metering/workspaces/{ws}/grants/{id}/revoke": "service_or_admin",
    "GET /v1/metering/workspaces/{ws}/credits": "reader_of",
    "GET /v1/addons/catalog": "super_admin",
    "POST /v1/addons/catalog": "super_admin",
    "PATCH /v1/addons/catalog/{slug}": "super_admin",
    "POST /v1/addons/workspaces/{ws}/purchases": "admin_of",
    "GET /v1/addons/workspaces/{ws}/top-ups": "admin_of",
    "PUT /v1/addons/workspaces/{ws}/top-ups/{meter}": "admin_of",
    "DELETE /v1/addons/workspaces/{ws}/top-ups/{meter}": "admin_of",
    "POST /v1/addons/purchases/{id}/deliver": "super_admin",
    "POST /v1/addons/purchases/{id}/refund": "support",
    "POST /v1/addons/purchases/{id}/reopen": "super_admin",
    "GET /v1/projections/plans": "public",
    "GET /v1/projections/plans/admin": "super_admin",
    "GET /v1/projections/workspaces/{ws}/subscription": "reader_of",
    "GET /v1/projections/workspaces/{ws}/usage": "reader_of",
    "GET /v1/projections/workspaces/{ws}/purchases": "admin_of_or_support",
    "GET /v1/projections/workspaces/{ws}/addons": "admin_of",
    "GET /v1/projections/orders": "super_admin",
    "GET /v1/projections/workspaces/{ws}/invoices": "admin_of_or_support",
    "GET /v1/projections/invoices": "support",
    "GET /v1/projections/subscriptions": "support",
    "GET /v1/projections/revenue": "support",
    "GET /v1/projections/webhooks": "support",
    "GET /v1/projections/usage": "support",
    "GET /v1/projections/revenue/movements": "support",
    "GET /v1/projections/revenue/payments": "support",
    "GET /v1/projections/revenue/cohorts": "support",
    "GET /v1/notifications/workspaces/{ws}/preferences": "admin_of_or_support",
    "PUT /v1/notifications/workspaces/{ws}/preferences": "admin_of_or_support",
    "GET /v1/notifications/workspaces/{ws}/mails": "admin_of_or_support",
    "DELETE /v1/notifications/workspaces/{ws}/refused-addresses": "admin_of_or_support",
    "GET /v1/webhook-endpoints": "super_admin",
    "POST /v1/webhook-endpoints": "super_admin",
    "GET /v1/webhook-endpoints/{id}": "super_admin",
    "PATCH /v1/webhook-endpoints/{id}": "super_admin",
    "DELETE /v1/webhook-endpoints/{id}": "super_admin",
    "GET /v1/webhook-endpoints/{id}/deliveries": "super_admin",
    "POST /v1/webhook-endpoints/{id}/replay": "super_admin",
    "POST /v1/webhook-endpoints/{id}/test": "super_admin",
    "GET /healthz": "public",
    "GET /readyz": "public",
    "GET /metrics": "public",
}
AUDIT = " /v1/audit/"
# Names and addresses, readable: who checks history does without them.
PERSONAL = "GET /v1/audit/workspaces/{ws}/personal-data"
# Decided by whose purchase or decision it is: tested with the add-ons and with metering.
BY_OBJECT = {
    "POST /v1/addons/purchases/{id}/cancel",
    "POST /v1/addons/purchases/{id}/reconcile",
    "GET /v1/metering/decisions/{id}",
}


def token(claims: dict[str, object]) -> str:
    body = {"sub": "tester", "exp": datetime.now(UTC) + timedelta(hours=1), **claims}
    return jwt.encode(body, "s" * 40, "HS256")


def ask(system: RunningSystem, route: str, authorization: str | None) -> httpx.Response:
    method, template = route.split(" ")
    path = template.replace("{ws}", "acme").replace("{gateway}", "sandbox")
    path = re.sub(r"\{\w+\}", "unknown-thing", path)
    headers = {"Authorization": authorization} if authorization else {}
    return system.http.request(method, path, headers=headers, json={})


def served_routes(system: RunningSystem) -> set[str]:
    document = system.http.get("/openapi.json").json()
    return {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }


class TestRoutesAndRoles:
    def test_the_table_names_every_served_route(self, system: RunningSystem) -> None:
        served = {
            re.sub(
                r"\{(purchase_id|decision_id|conversation_id|usage_id|conversation)\}", "{id}", r
            )
            for r in served_routes(system)
        }
        assert {route for route in served if AUDIT not in route} == set(ROUTES) | BY_OBJECT

    def test_every_audit_route_is_for_auditors(self, system: RunningSystem) -> None:
        audit = [route for route in served_routes(system) if AUDIT in route]
        assert len(audit) >= 5
        for route in audit:
            self.check(system, route, "super_admin" if route == PERSONAL else "auditor")

    @pytest.mark.parametrize("route", ROUTES)
    def test_each_role_gets_what_the_table_says(self, route: str, system: RunningSystem) -> None:
        self.check(system, route, ROUTES[route])

    def check(self, system: RunningSystem, route: str, rule: Rule) -> None:
        anonymous = ask(system, route, None).status_code
        assert (anonymous == 401) is (rule not in {"public", "signature"})
        for caller, claims in CALLERS.items():
            answer = ask(system, route, f"Bearer {token(claims)}")
            refused = answer.status_code in {401, 403}
            assert refused is (caller not in ALLOWED[rule]), (caller, answer.status_code)

    @pytest.mark.parametrize(
        "authorization",
        ["Bearer nonsense", "Basic abc", "Bearer", f"Bearer {'x' * 5000}"],
    )
    def test_a_token_that_does_not_verify_is_unauthenticated(
        self, authorization: str, system: RunningSystem
    ) -> None:
        answer = ask(system, "GET /v1/billing/gateways", authorization)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthenticated"

    def test_an_expired_token_and_a_foreign_signature_are_refused(
        self, system: RunningSystem
    ) -> None:
        expired = token({"exp": datetime.now(UTC) - timedelta(minutes=1)})
        foreign = jwt.encode({"sub": "x", "exp": 9999999999}, "t" * 40, "HS256")
        unsigned = jwt.encode({"sub": "x", "exp": 9999999999}, "", "none")
        for bad in (expired, foreign, unsigned):
            assert ask(system, "GET /v1/billing/gateways", f"Bearer {bad}").status_code == 401

    def test_another_workspace_is_forbidden_whether_or_not_it_exists(
        self, system: RunningSystem
    ) -> None:
        answer = ask(
            system,
            "GET /v1/projections/workspaces/{ws}/subscription",
            f"Bearer {token(CALLERS['outsider'])}",
        )
        assert answer.json()["error"]["code"] == "forbidden"


class TestPages:
    def test_a_link_of_the_host_opens_them_once(self, system: RunningSystem) -> None:
        body = {"workspace": "acme", "user": "ann", "role": "owner"}
        made = system.http.post(
            "/v1/pages/sessions",
            json={**body, "return_url": "https://app.example.com/"},
            headers={"Authorization": f"Bearer {token(CALLERS['service'])}"},
        ).json()
        with httpx.Client(trust_env=False, verify=False, follow_redirects=True) as browser:
            shown = browser.get(made["url"])
            assert (shown.status_code, str(shown.url)) == (200, f"{system.url}/app/billing")
            assert "ann" in shown.text
            assert browser.get(f"{system.url}/pricing").status_code == 200
        assert system.http.get(made["url"]).status_code == 410


class TestTheEnvelope:
    def test_an_unknown_route_answers_in_it(self, system: RunningSystem) -> None:
        answer = system.http.get("/v1/nothing/here")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")

    def test_a_wrong_method_answers_in_it(self, system: RunningSystem) -> None:
        answer = system.http.delete("/healthz")
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")

    def test_a_body_that_does_not_validate_names_its_fields(self, system: RunningSystem) -> None:
        answer = ask(system, "POST /v1/billing/plans", f"Bearer {token(CALLERS['super_admin'])}")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "validation_failed")
        assert any("slug" in field["field"] for field in error["details"]["fields"])

    def test_every_answer_has_a_request_id_and_the_caller_s_own_is_kept(
        self, system: RunningSystem
    ) -> None:
        given = system.http.get("/healthz", headers={"X-Request-Id": "abc-1"})
        made = system.http.get("/healthz")
        assert given.headers["x-request-id"] == "abc-1"
        assert made.headers["x-request-id"].startswith("req_")
