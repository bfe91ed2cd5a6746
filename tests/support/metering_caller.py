"""Host applications as metering hears them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

SECRET = "metering-metering-secret-of-32-bytes!!"


def service_token(*roles: str, **claims: object) -> str:
    claims = {"sub": "host", "exp": time.time() + 3600, "roles": roles or ["service"], **claims}
    return jwt.encode(claims, SECRET, "HS256")


@dataclass
class Caller:
    """A host application with a service's token, on behalf of the workspace `ws`."""

    http: httpx.Client
    ws: str = "acme"

    def event(self, usage_id: str, metric: str = "message", **more: object) -> dict[str, object]:
        return {"id": usage_id, "workspace_id": self.ws, "metric": metric, **more}

    def report(self, *events: Mapping[str, object]) -> list[dict[str, Any]]:
        answer = self.http.post("/v1/metering/events", json={"events": list(events)})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def message(self, usage_id: str, **more: object) -> httpx.Response:
        return self.http.post(self.path("messages"), json={"id": usage_id, **more})

    def start(self, usage_id: str, **more: object) -> httpx.Response:
        return self.http.post(self.path("conversations"), json={"id": usage_id, **more})

    def first_turn(self, usage_id: str, **more: object) -> httpx.Response:
        return self.http.post(self.path(f"conversations/{usage_id}/first-turn"), json=more)

    def release(self, usage_id: str) -> httpx.Response:
        return self.http.delete(self.path(f"conversations/{usage_id}"))

    def can_start(self) -> httpx.Response:
        return self.http.get(self.path("can-start-conversation"))

    def use(self, usage_id: str, value: int, meter: str = "tokens", **more: Any) -> httpx.Response:
        body = {"id": usage_id, "meter": meter, "value": value, **more}
        return self.http.post(self.path("usage"), json=body)

    def can_use(self, amount: int, meter: str = "tokens") -> httpx.Response:
        return self.http.get(self.path(f"can-use?meter={meter}&amount={amount}"))

    def reserve(self, usage_id: str, amount: int, **more: Any) -> httpx.Response:
        body = {"id": usage_id, "meter": "tokens", "amount": amount, **more}
        return self.http.post(self.path("reservations"), json=body)

    def settle(self, usage_id: str, value: int, **more: Any) -> httpx.Response:
        return self.http.post(
            self.path(f"reservations/{usage_id}/settle"), json={"value": value, **more}
        )

    def free(self, usage_id: str) -> httpx.Response:
        return self.http.delete(self.path(f"reservations/{usage_id}"))

    def grant(self, grant_id: str, amount: int, **more: Any) -> httpx.Response:
        body = {"id": grant_id, "meter": "tokens", "amount": amount, **more}
        return self.http.post(self.path("grants"), json=body)

    def correct(self, correction: str, event: str, value: int) -> httpx.Response:
        body = {"id": correction, "meter": "tokens", "event": event, "value": value}
        return self.http.post(self.path("corrections"), json={**body, "reason": "wrong"})

    def event_of(self, usage_id: str, meter: str = "tokens") -> dict[str, Any]:
        answer = self.http.get(self.path(f"events/{meter}/{usage_id}"))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def credits(self) -> dict[str, Any]:
        answer = self.http.get(self.path("credits"))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def can_send(self, **headers: str) -> httpx.Response:
        return self.http.get(self.path("can-send-message"), headers=headers)

    def entitlements(self) -> dict[str, Any]:
        answer = self.http.get(self.path("entitlements"))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def usage(self, after: str = "", period: str = "") -> dict[str, Any]:
        parameters = {key: value for key, value in (("after", after), ("period", period)) if value}
        path = f"/v1/projections/workspaces/{self.ws}/usage"
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def explain(self, refused: httpx.Response) -> dict[str, Any]:
        answer = self.http.get(f"/v1/metering/decisions/{refused.headers['x-decision-id']}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def used(self) -> tuple[int, int]:
        """Conversations and messages of the present month."""
        figures = self.entitlements()["used"]
        return figures["conversations"], figures["messages"]

    def conversations(self) -> tuple[int, int, int]:
        """Used, held, remaining."""
        body = self.entitlements()
        used, held, remaining = (
            body[name]["conversations"] for name in ("used", "held", "remaining")
        )
        return used, held, remaining

    def path(self, rest: str) -> str:
        return f"/v1/metering/workspaces/{self.ws}/{rest}"


@contextmanager
def caller(origin: str, token: str = "", ws: str = "acme") -> Iterator[Caller]:
    headers = {"authorization": f"Bearer {token or service_token()}"}
    with httpx.Client(base_url=origin, headers=headers, timeout=30) as http:
        yield Caller(http, ws)
