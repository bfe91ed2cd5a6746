"""FastAPI as its documentation shows it: a no-op, and a limiter that is one SQL function.

python -m tests.bench.peer_fastapi <port> <database url>
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import jwt
import psycopg
import uvicorn
from fastapi import Depends, FastAPI, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from tests.support.metering_caller import SECRET

CONNECTIONS = 8
LIMIT = 10**12
FUNCTION = """
CREATE TABLE counters (workspace text PRIMARY KEY, used bigint NOT NULL);
CREATE TABLE seen (workspace text, id text, PRIMARY KEY (workspace, id));
CREATE FUNCTION record(ws text, given text, most bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen VALUES (ws, given) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN 'duplicate'; END IF;
    INSERT INTO counters AS c VALUES (ws, 1)
        ON CONFLICT (workspace) DO UPDATE SET used = c.used + 1 WHERE c.used < most;
    IF NOT FOUND THEN
        DELETE FROM seen WHERE workspace = ws AND id = given;
        RETURN 'refused';
    END IF;
    RETURN 'inserted';
END $$;
"""
STATUSES = {"inserted": 201, "duplicate": 200, "refused": 429}
Free = asyncio.Queue[psycopg.AsyncConnection]


class Message(BaseModel):
    id: str


class Recorded(BaseModel):
    id: str
    status: str


def caller(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    claims = jwt.decode(given.credentials, SECRET, ["HS256"])
    return str(claims["sub"])


def app(url: str) -> FastAPI:
    free: Free = asyncio.Queue()

    @asynccontextmanager
    async def connected(_: FastAPI) -> AsyncIterator[None]:
        for number in range(CONNECTIONS):
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
            if number == 0:
                await connection.execute(FUNCTION)
            free.put_nowait(connection)
        yield

    api = FastAPI(lifespan=connected)

    @api.get("/nothing")
    async def nothing() -> dict[str, bool]:
        return {"allowed": True}

    @api.post("/workspaces/{ws}/messages")
    async def record(
        ws: str, message: Message, response: Response, _: Annotated[str, Depends(caller)]
    ) -> Recorded:
        connection = await free.get()
        try:
            called = await connection.execute(
                "SELECT record(%s, %s, %s)", (ws, message.id, LIMIT), prepare=True
            )
            [status] = await called.fetchone() or ("refused",)
        finally:
            free.put_nowait(connection)
        response.status_code = STATUSES[status]
        return Recorded(id=message.id, status=status)

    return api


if __name__ == "__main__":
    uvicorn.run(
        app(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", log_level="error", access_log=False
    )
