"""The metering service and its read model behind real HTTP, in this process or one of its own:

python -m tests.support.metering_service <database url> <port>
"""

from __future__ import annotations

import gc
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from contracts.envelope import Envelope
from deploy.edge import LARGEST_BODIES
from kernel.clock import Clock, utc_clock
from projections.usage_counters.http import router as usage_router
from projections.usage_counters.overview_http import router as overview_router
from projections.usage_counters.projector import READ_MODEL
from runtime.eventstore.vault import Vault
from runtime.feed.feed import EventStoreFeed, Publisher
from runtime.feed.follower import Follower
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.feed.wakeup import Wakeup
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.process.worker import Worker
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.direct import DirectRoutes
from runtime.web.edge import Edge, protect
from runtime.web.rates import Rates
from runtime.web.server import IDLE_SECONDS
from services.metering.http.direct import direct_routes
from services.metering.wiring import build
from tests.support.metering_caller import SECRET
from tests.support.tokens import authenticator_of
from tests.support.waiting import wait_until

HOLD_FOR = timedelta(minutes=30)
# Without billing's log.
COUNTERS = replace(READ_MODEL, services=("metering",))


class MeteringService:
    """`project`: also keeps the usage counters, as a follower of this process."""

    def __init__(
        self,
        database_url: str,
        clock: Clock = utc_clock,
        *,
        project: bool = True,
        hold_for: timedelta = HOLD_FOR,
        lag_bound: float = 5.0,
        rates: Rates | None = None,
        head: Callable[[str], int | None] = lambda _: None,
        known_workspaces_only: bool = False,
    ) -> None:
        self.authenticator = authenticator = authenticator_of(SECRET)
        access = Access(authenticator, rates)
        self.edge = Edge(rates=access.rates, bodies=LARGEST_BODIES, quiet=("/",))
        self.service = build(
            database_url=database_url,
            access=access,
            authenticator=authenticator,
            clock=clock,
            decision_keys={"first": SECRET},
            head=head,
            hold_for=hold_for,
            lag_bound=lag_bound,
            known_workspaces_only=known_workspaces_only,
        )
        assert self.service.store is not None
        assert self.service.publish is not None
        self.store = self.service.store
        self.publisher: Publisher[Any] = Publisher(self.store, self.service.publish)
        self.database = Database(database_url, "projections")
        self.positions = Positions(self.database)
        self.side = ReadSide(
            *(self.database, self.positions, access, Vault(Database(database_url, "vault")), clock),
            Waiting(self.positions, lambda _: self.store.head()),
        )
        self.wakeup = Wakeup({database_url: [self.store.channel]})
        feed: EventStoreFeed[Envelope] = EventStoreFeed({"metering": self.publisher}, self.wakeup)
        self.followers = [Follower(COUNTERS.consumer(), feed, self.positions)] if project else []

    def migrate(self) -> None:
        self.service.schema.migrate()
        Schema(self.database, POSITION_TABLES, READ_MODEL.tables).migrate()

    def app(self) -> ASGIApp:
        direct = direct_routes(self.service.routers)
        return DirectRoutes(self.api(), direct, self.authenticator, self.edge)

    def api(self) -> FastAPI:
        """What stands behind the direct routes, and answers the same."""
        app = FastAPI(lifespan=self._lifespan)
        protect(app, self.edge)

        @app.get("/v1/metering/nothing")
        async def nothing() -> dict[str, bool]:
            return {"allowed": True}

        for router in self.service.routers:
            app.include_router(router)
        app.include_router(usage_router(self.side))
        app.include_router(overview_router(self.side))
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


@contextmanager
def served(metering: MeteringService) -> Iterator[str]:
    """The origin of the metering, served by a thread of this process."""
    metering.migrate()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            metering.app(), loop="uvloop", log_level="warning", access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            wait_until(lambda: server.started, "the server starts")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(15)


def main() -> None:
    database_url, port = sys.argv[1], int(sys.argv[2])
    metering = MeteringService(database_url, project="--no-projection" not in sys.argv)
    metering.migrate()
    uvicorn.run(
        metering.app(),
        port=port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        backlog=4096,
        timeout_keep_alive=IDLE_SECONDS,
    )
