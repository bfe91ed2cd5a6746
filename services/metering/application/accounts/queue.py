"""Changes of accounts that wait for the next commit.

Decisions are made here, of accounts as they stood in some version. The database stores them if the
version still holds; where another process was faster they are made again of what it left. One of
those that collide always gets through.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from eventsourcing.persistence import StoredEvent

from kernel.clock import as_utc
from runtime.postgres import binary_arrays
from runtime.postgres.pipelined_connection import PipelinedConnection
from services.metering.application.accounts.books import (
    MAPPER,
    Known,
    KnownAccounts,
    OneId,
    Page,
    encoded,
)
from services.metering.application.accounts.command import AccountAnswer, ChangeAccount, Key
from services.metering.application.commands import Figures
from services.metering.application.group_of_commands import take
from services.metering.domain.accounts import records
from services.metering.domain.accounts.account import Account, Grant
from services.metering.domain.accounts.terms import Terms

STATEMENTS = {
    "append_accounts": "SELECT * FROM metering_events_append_accounts($1)",
    # One snapshot: what is told of an account is of its version. Nothing where that is known.
    "accounts": """
        SELECT g.n, a.version, a.position, a.grants,
               (SELECT coalesce(json_object_agg(b.name, b.amount), '{}')::text
                  FROM metering_balances b
                 WHERE b.workspace = g.workspace AND b.meter = g.meter),
               (SELECT coalesce(json_agg(json_build_array(
                           o.id, o.priority, o.expires_at, o.number)), '[]')::text
                  FROM metering_grants o
                 WHERE o.workspace = g.workspace AND o.meter = g.meter AND o.ended IS NULL)
          FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY
               AS g(workspace, meter, known, n)
          JOIN metering_accounts a USING (workspace, meter)
         WHERE a.version <> g.known
    """,
    "events_of": """
        SELECT uuid_send(e.originator_id), e.originator_version, e.topic, e.state
          FROM unnest($1::uuid[]) AS g(id) JOIN metering_events e ON e.originator_id = g.id
         ORDER BY e.originator_id, e.originator_version
    """,
}
_NOTHING = Figures(0, 0, [])


class AccountQueue:
    """`changed` is told how an account stands once that is stored, with the terms of whoever asked
    last and its position in the log."""

    def __init__(self) -> None:
        self.changed: Callable[[Account, Terms, int], None] = lambda _, __, ___: None
        self.queue: deque[ChangeAccount] = deque()
        self._known = KnownAccounts()
        self._head = 0
        self._sent: dict[ChangeAccount, list[tuple[bytes, bytes]]] = {}

    def take(self) -> list[ChangeAccount]:
        return take(self.queue)

    async def commit(
        self, connection: PipelinedConnection, commands: Sequence[ChangeAccount], _: datetime
    ) -> Figures:
        """Answers every command. Raises ConnectionLost."""
        figures = _NOTHING
        waiting = [command for command in commands if not command.answer.done()]
        while waiting:
            pages = await self._decide(connection, waiting)
            changed = [page for page in pages if page.events]
            stored, conflicts = await self._store(connection, changed)
            if stored is not _NOTHING:
                figures = stored  # what lies before, of a first attempt and of others, is followed
            waiting = []
            for page in pages:
                if page in conflicts:
                    waiting += [decided.command for decided in page.decided]
                else:
                    self._answer(page)
        return figures

    async def recover(
        self, connection: PipelinedConnection, commands: Sequence[ChangeAccount]
    ) -> None:
        """What the lost attempt stored is found by its bytes: its senders are told that it is
        new."""
        self._known.forget()
        sent = [(command, row) for command in commands for row in self._sent.get(command, ())]
        parameters: list[bytes | None] = [
            binary_arrays.uuid_array([stream for _, (stream, _) in sent]),
            binary_arrays.bytea_array([state for _, (_, state) in sent]),
            binary_arrays.int8(self._head),
        ]
        [[ours]] = await connection.run("recorded", parameters)
        recorded = frozenset(binary_arrays.read_uuids(ours))
        for command, (stream, _) in sent:
            command.recovered |= recorded.intersection([stream])

    async def _decide(
        self, connection: PipelinedConnection, commands: Sequence[ChangeAccount]
    ) -> list[Page]:
        keys = list(dict.fromkeys(command.key for command in commands))
        await self._load(connection, keys)
        # After the accounts: what is newer than they are is a conflict when it is stored.
        ids = await _ids(connection, {command.stream for command in commands})
        pages = {key: Page(self._known.of(key), ids) for key in keys}
        for command in commands:
            pages[command.key].decide(command)
        return list(pages.values())

    async def _load(self, connection: PipelinedConnection, keys: Sequence[Key]) -> None:
        known = [self._known.of(key) for key in keys]
        rows = await connection.run(
            "accounts",
            [
                binary_arrays.text_array([key[0] for key in keys]),
                binary_arrays.text_array([key[1] for key in keys]),
                binary_arrays.int8_array([each.version for each in known]),
            ],
        )
        for number, version, position, grants, balances, opened in rows:
            account = Account(
                *keys[binary_arrays.read_int8(number) - 1],
                balances=json.loads(balances or b"{}"),
                grants=_grants(json.loads(opened or b"[]")),
                number=binary_arrays.read_int8(grants),
            )
            facts = (binary_arrays.read_int8(version), binary_arrays.read_int8(position))
            self._known.keep(Known(*facts, account))

    async def _store(
        self, connection: PipelinedConnection, pages: Sequence[Page]
    ) -> tuple[Figures, list[Page]]:
        if not pages:
            return _NOTHING, []
        self._sent = {
            decided.command: [
                (decided.command.stream, state.encode()) for *_, state in decided.rows
            ]
            for page in pages
            for decided in page.decided
        }
        [[previous, head, conflicts]] = await connection.run("append_accounts", [encoded(pages)])
        self._head = binary_arrays.read_int8(head)
        figures = Figures(binary_arrays.read_int8(previous), self._head, [])
        return figures, [pages[n - 1] for n in binary_arrays.read_int8_array(conflicts)]

    def _answer(self, page: Page) -> None:
        known = page.known
        if page.events:
            known = Known(known.version + 1, self._head, page.account)
            self._known.keep(known)
            self.changed(known.account, page.decided[-1].command.terms, known.position)
        for decided in page.decided:
            command = decided.command
            if command.answer.done():
                continue
            new = decided.new or command.stream in command.recovered
            command.answer.set_result(
                AccountAnswer(known.position, known.account, decided.record, new, decided.refusal)
            )


async def _ids(connection: PipelinedConnection, streams: Iterable[bytes]) -> dict[bytes, OneId]:
    ids = {stream: OneId() for stream in streams}
    rows = await connection.run("events_of", [binary_arrays.uuid_array(list(ids))])
    for stream, version, topic, state in rows:
        one = ids[bytes(stream or b"")]
        one.version = binary_arrays.read_int8(version)
        stored = StoredEvent("", one.version, (topic or b"").decode(), bytes(state or b""))
        one.record = records.evolve(one.record, MAPPER.to_domain_event(stored))
    return ids


def _grants(rows: Iterable[Sequence[Any]]) -> tuple[Grant, ...]:
    grants = [
        Grant(identifier, priority, ends and as_utc(datetime.fromisoformat(ends)), number)
        for identifier, priority, ends, number in rows
    ]
    return tuple(sorted(grants, key=lambda grant: grant.order))
