# Generated from aio/audit.py: change that one.
"""The history of everything, for auditors. Lists are read a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from workspace_billing import models
from workspace_billing.blocking.sender import Sender
from workspace_billing.call import path, reading

ALL = ("billing", "metering", "addons")


class Audit:
    def __init__(self, sender: Sender) -> None:
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
    ) -> Iterator[models.Event]:
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

    def timeline(self, workspace: str) -> Iterator[models.TimelineEntry]:
        """Everything that happened to it, told in sentences."""
        place = path("/v1/audit/workspaces/{}/timeline", workspace)
        return self._sender.pages(place, reading(models.Timeline), ALL)

    def stream(self, stream: str) -> Iterator[models.StreamEvent]:
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
    ) -> Iterator[bytes]:
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

    def as_of(self, workspace: str, at: datetime) -> models.AsOfAnswer:
        """What was true of it at that moment."""
        place = path("/v1/audit/workspaces/{}/as-of", workspace)
        return self._sender.query(place, reading(models.AsOfAnswer), ALL, at=at.isoformat())

    def decision(self, id: str) -> models.DecisionExplanation:
        """Why a quota refused: `decision_id` of the refusal."""
        place = path("/v1/audit/explain/decisions/{}", id)
        return self._sender.query(place, reading(models.DecisionExplanation), ALL)
