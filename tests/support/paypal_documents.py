"""Whether a request is one that PayPal's own API description knows."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.local_server import Call, Json

# PayPal's newer server SDK has it, its description does not: nothing may depend on it.
ELSEWHERE = {("GET", "/v1/billing/subscriptions")}


def violation(call: Call) -> str:
    """What the description objects to; empty for a good request."""
    if (call.method, call.path) in ELSEWHERE:
        return ""
    described = next((each for each in _described() if _is(each, call)), None)
    if described is None:
        return f"{call.method} {call.path} is not described"
    return _of_query(described, call) or _of_headers(described, call) or _of_body(described, call)


@cache
def _described() -> list[Json]:
    text = Path(__file__).with_name("paypal_requests.json").read_text()
    requests: list[Json] = json.loads(text)["requests"]
    return requests


def _is(described: Json, call: Call) -> bool:
    pattern = re.escape(described["path"]).replace(r"\{\}", "[^/]+")
    return bool(described["method"] == call.method and re.fullmatch(pattern, call.path))


def _of_query(described: Json, call: Call) -> str:
    known = described.get("query", {})
    missing = set(described.get("required_query", [])) - call.query.keys()
    if missing or call.query.keys() - known.keys():
        return f"parameters {sorted(missing or call.query.keys() - known.keys())}"
    for name, text in call.query.items():
        value = int(text) if known[name].get("type") == "integer" else text
        if problem := _problem(known[name], value):
            return f"{name}: {problem}"
    return ""


def _of_headers(described: Json, call: Call) -> str:
    name = "paypal-request-id"
    unasked = name in call.headers and name not in described["headers"]
    return "no request id is taken" if unasked else ""


def _of_body(described: Json, call: Call) -> str:
    if not call.body:
        return ""
    if "body" not in described:
        return "no body is taken"
    if not call.headers.get("content-type", "").startswith("application/json"):
        return "the body is not JSON"
    return _problem(described["body"], json.loads(call.body))


def _problem(schema: Json, value: Any) -> str:
    errors = Draft202012Validator(schema).iter_errors(value)
    return next((f"{error.json_path}: {error.message}" for error in errors), "")
