"""The history of everything, for auditors. Lists are read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal

from workspace_billing import models
from workspace_billing.aio.sender import AsyncSender
from workspace_billing.call import path, reading

ALL = ("billing", "metering", "addons")


class AsyncAudit:
    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def events(
        self,
        *,
        service: str | None = None,
        type: str | None = None,
        workspace: str | None = None,
        stream: str | None = None,
        actor: str | None = None,
        cause: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        page: int = 500,
    ) -> AsyncIterator[models.Event]:
        """Of all services, oldest first."""
        return self._sender.pages(
            *("/v1/audit/events", reading(models.Events), ALL),
            service=service,
            type=type,
            workspace=workspace,
            stream=stream,
            actor=actor,
            cause=cause,
            since=since.isoformat() if since else None,
            until=until.isoformat() if until else None,
            cursor=cursor,
            limit=page,
        )

    def timeline(self, workspace: str) -> AsyncIterator[models.TimelineEntry]:
        """Everything that happened to it, told in sentences."""
        place = path("/v1/audit/workspaces/{}/timeline", workspace)
        return self._sender.pages(place, reading(models.Timeline), ALL)

    def stream(self, stream: str) -> AsyncIterator[models.StreamEvent]:
        """One aggregate's events, each with its state before and after it."""
        place = path("/v1/audit/streams/{}", stream)
        return self._sender.pages(place, reading(models.Stream), ALL)

    def export(
        self,
        format: Literal["jsonl", "parquet"] = "jsonl",
        *,
        workspace: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
    ) -> AsyncIterator[bytes]:
        """The file, piece by piece: all events, or those of a workspace or of a time. `cursor` is
        the id of the last event that arrived before."""
        return self._sender.file(
            *("/v1/audit/export", ALL),
            format=format,
            workspace=workspace,
            since=since,
            until=until,
            cursor=cursor,
        )

    async def as_of(self, workspace: str, at: datetime) -> models.AsOfAnswer:
        """What was true of it at that moment."""
        place = path("/v1/audit/workspaces/{}/as-of", workspace)
        return await self._sender.query(place, reading(models.AsOfAnswer), ALL, at=at.isoformat())

    async def decision(self, id: str) -> models.DecisionExplanation:
        """Why a quota refused: `decision_id` of the refusal."""
        place = path("/v1/audit/explain/decisions/{}", id)
        return await self._sender.query(place, reading(models.DecisionExplanation), ALL)
