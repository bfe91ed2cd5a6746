"""All events at once, for reading elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from kernel.text import LINE
from projections.audit_trail.exports import MEDIA_TYPES, Form, exported
from projections.audit_trail.http.lists import Since, Until
from runtime.postgres.database import Database

Wanted = Annotated[Form, Query(alias="format", description="One event a line, or a table.")]
OfWorkspace = Annotated[
    str | None, Query(max_length=300, pattern=LINE, description="Only of this workspace.")
]
Behind = Annotated[
    str,
    Query(
        max_length=300,
        pattern=LINE,
        description="The `id` of the last event that arrived: an export that broke off goes on.",
        examples=["metering:4200"],
    ),
]
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events, services one after the other, each in the order of its log.",
        "content": {
            MEDIA_TYPES["jsonl"]: {
                "schema": {"type": "string"},
                "example": '{"id":"billing:1","service":"billing","sequence":1}\n',
            },
            MEDIA_TYPES["parquet"]: {
                "schema": {"type": "string", "format": "binary"},
                "example": "PAR1…PAR1",
            },
        },
    }
}


def add_exports(routes: APIRouter, database: Database) -> None:
    @routes.get("/export", response_class=Response, responses=ANSWER)
    def export_events(
        form: Wanted = "jsonl",
        workspace: OfWorkspace = None,
        since: Since = None,
        until: Until = None,
        cursor: Behind = "",
    ) -> Response:
        """All events of all services, or of one workspace, or of a time. Sent while they are
        read."""
        return StreamingResponse(
            exported(database, form, workspace, cursor, since, until),
            media_type=MEDIA_TYPES[form],
            headers={"Content-Disposition": f'attachment; filename="events.{form}"'},
        )
