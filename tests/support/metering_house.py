"""The metering service and its read model behind real HTTP, in this process or one of its own:

python -m tests.support.metering_house <database url> <port>
"""

from __future__ import annotations

import gc
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import uvicorn
from fastapi import FastAPI

from contracts import billing
from contracts.envelope import Envelope, EventData
from kernel.clock import Clock, utc_clock
from projections.usage_counters.http import router as usage_router
from projections.usage_counters.projector import READ_MODEL
from runtime.auth import Access, Authenticator
from runtime.database import Database
from runtime.feed import EventStoreFeed, Publisher
from runtime.follower import Follower, Positions
from runtime.http import handle_errors
from runtime.observability import RequestLog
from runtime.read_model import ReadSide
from runtime.vault import Vault
from runtime.wakeup import Wakeup
from runtime.worker import Worker
from services.metering.policies import apply_policies
from services.metering.wiring import build

SECRET = "metering-house-secret-of-32-bytes!!"
HOLD_FOR = timedelta(minutes=30)


class MeteringHouse:
    """`project`: also keeps the usage counters, as a follower of this process."""

    def __init__(
        self,
        database_url: str,
        clock: Clock = utc_clock,
        *,
        project: bool = True,
        hold_for: timedelta = HOLD_FOR,
        lag_bound: float = 5.0,
    ) -> None:
        authenticator = Authenticator(SECRET)
        access = Access(authenticator)
        self.service = build(
            database_url=database_url,
            access=access,
            authenticator=authenticator,
            clock=clock,
            decision_secret=SECRET,
            hold_for=hold_for,
            lag_bound=lag_bound,
        )
        assert self.service.store is not None
        assert self.service.publish is not None
        self.store = self.service.store
        self.publisher: Publisher[Any] = Publisher(self.store, self.service.publish)
        self.database = Database(database_url, "projections")
        self.positions = Positions(self.database)
        self.side = ReadSide(
            self.database, self.positions, access, Vault(Database(database_url, "vault")), clock
        )
        self.wakeup = Wakeup({database_url: [self.store.channel]})
        feed: EventStoreFeed[Envelope] = EventStoreFeed({"metering": self.publisher}, self.wakeup)
        self.followers = [Follower(READ_MODEL.consumer(), feed, self.positions)] if project else []

    def migrate(self) -> None:
        self.service.migrate()
        self.positions.migrate()
        self.database.apply(READ_MODEL.ddl)

    def app(self) -> FastAPI:
        app = FastAPI(lifespan=self._lifespan)
        handle_errors(app)
        app.add_middleware(RequestLog, quiet=("/",))

        @app.get("/v1/metering/nothing")
        async def nothing() -> dict[str, bool]:
            return {"allowed": True}

        for router in self.service.routers:
            app.include_router(router)
        app.include_router(usage_router(self.side))
        return app

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        threads: list[Follower[Envelope] | Worker] = [*self.followers, *self.service.workers]
        async with AsyncExitStack() as stack:
            if self.service.running is not None:
                await stack.enter_async_context(self.service.running())
            if self.followers:
                self.wakeup.start()
            for thread in threads:
                thread.start()
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 50, 100)
            try:
                yield
            finally:
                for thread in threads:
                    thread.stop()
                self.wakeup.stop()
                for thread in threads:
                    thread.join(5)
        self.service.close()
        self.database.close()


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


@dataclass
class Billing:
    """Publishes to metering what billing would: plans, and who lives on which."""

    database_url: str
    sequence: int = 0
    default: str = "free"
    _limits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def plan(
        self,
        slug: str,
        conversations: int = 0,
        messages: int | None = None,
        *,
        is_default: bool = False,
        **more: Any,
    ) -> None:
        """Creates the plan, or changes its limits."""
        facts: dict[str, Any] = {
            "slug": slug,
            "family": None,
            "monthly_conversations": conversations,
            "monthly_messages": messages,
            "max_tokens_per_response": None,
            "features": {},
            "limits": {},
            **more,
        }
        if slug in self._limits:
            self.publish(billing.PlanLimitsChanged(**facts), slug)
        else:
            created: dict[str, Any] = {
                "name": slug,
                "price_cents": 0,
                "currency": "USD",
                "interval": "month",
                "is_active": True,
                "is_default": is_default,
            }
            self.publish(billing.PlanCreated(**facts, **created), slug)
        self._limits[slug] = facts

    def subscribe(self, workspace: str, plan: str, status: str = "active") -> None:
        now = datetime.now(UTC)
        subscription = billing.Subscription.model_construct(
            workspace_id=workspace, plan=plan, status=status, gateway=None, started_at=now
        )
        body = billing.PlanAssigned.model_construct(
            workspace_id=workspace, subscription=subscription
        )
        self.publish(body, workspace, workspace)

    def limit(
        self, host: Caller, conversations: int = 0, messages: int | None = None, **more: Any
    ) -> None:
        """Puts the host's workspace on a plan of its own with these limits, and waits."""
        plan = f"plan-of-{host.ws}"
        self.plan(plan, conversations, messages, **more)
        self.subscribe(host.ws, plan)
        expected = (plan, conversations or None, messages)
        wait_until(lambda: self._shown(host) == expected, f"{host.ws} has its limits")

    @staticmethod
    def _shown(host: Caller) -> tuple[str, int | None, int | None]:
        body = host.entitlements()
        return body["plan"], body["limits"]["conversations"], body["limits"]["messages"]

    def publish(self, body: EventData, key: str, workspace: str = "") -> None:
        self.sequence += 1
        now = datetime.now(UTC)
        envelope = Envelope.model_construct(
            service="billing",
            sequence=self.sequence,
            type=body.TYPE,
            key=key,
            subject=workspace,
            time=now,
            recorded_at=now,
            data=body,
        )
        with (
            Database(self.database_url, "metering") as database,
            database.transaction(commit=True) as cursor,
        ):
            apply_policies(cursor, [envelope])


def service_token(*roles: str, **claims: object) -> str:
    claims = {"sub": "host", "exp": time.time() + 3600, "roles": roles or ["service"], **claims}
    return jwt.encode(claims, SECRET, "HS256")


@contextmanager
def served(house: MeteringHouse) -> Iterator[str]:
    """The origin of the house, served by a thread of this process."""
    house.migrate()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(house.app(), loop="uvloop", log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            wait_until(lambda: server.started, "the server starts")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(15)


@contextmanager
def caller(origin: str, token: str = "", ws: str = "acme") -> Iterator[Caller]:
    headers = {"authorization": f"Bearer {token or service_token()}"}
    with httpx.Client(base_url=origin, headers=headers, timeout=30) as http:
        yield Caller(http, ws)


def wait_until(condition: Any, what: str, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


def main() -> None:
    database_url, port = sys.argv[1], int(sys.argv[2])
    house = MeteringHouse(database_url, project="--no-projection" not in sys.argv)
    house.migrate()
    uvicorn.run(
        house.app(),
        port=port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        backlog=4096,
    )


if __name__ == "__main__":
    main()
