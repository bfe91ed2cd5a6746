"""The cut-over ledger: each subscription of an existing business, staged and then adopted once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runtime.postgres.database import Database
from services.billing.domain.cutover.judgement import Judged

STAGE = """
INSERT INTO cutover AS known
    (gateway, ref, verdict, workspace, plan, price_ref, customer, notes, adopted_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s,
        CASE WHEN %s THEN clock_timestamp() END)
ON CONFLICT (gateway, ref) DO UPDATE
SET verdict = EXCLUDED.verdict, workspace = EXCLUDED.workspace, plan = EXCLUDED.plan,
    price_ref = EXCLUDED.price_ref, customer = EXCLUDED.customer, notes = EXCLUDED.notes,
    error = '', staged_at = clock_timestamp(),
    adopted_at = coalesce(known.adopted_at, EXCLUDED.adopted_at)
"""
NEXT = """
SELECT ref, workspace FROM cutover
WHERE gateway = %s AND verdict = 'fits' AND adopted_at IS NULL AND ref > %s
ORDER BY ref LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Staged:
    ref: str
    workspace: str


class CutoverLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def stage(self, judged: Sequence[Judged]) -> None:
        """What was adopted stays so, whatever is found of it now."""
        with self._database.transaction(commit=True) as cursor:
            cursor.executemany(STAGE.encode(), [_row(each) for each in judged])

    def waiting(self, gateway: str) -> Iterator[Staged]:
        """What fits and was not adopted, each once, also while others adopt."""
        after = ""
        while rows := self._database.rows(NEXT, (gateway, after)):
            for row in rows:
                after = str(row["ref"])
                yield Staged(after, str(row["workspace"]))

    def adopted(self, gateway: str, ref: str) -> None:
        self._database.execute(
            "UPDATE cutover SET adopted_at = coalesce(adopted_at, clock_timestamp()), "
            "verdict = 'adopted', error = '' WHERE gateway = %s AND ref = %s",
            (gateway, ref),
        )

    def failed(self, gateway: str, ref: str, error: str) -> None:
        self._database.execute(
            "UPDATE cutover SET error = %s WHERE gateway = %s AND ref = %s", (error, gateway, ref)
        )


def _row(judged: Judged) -> tuple[object, ...]:
    shown = judged.snapshot
    return (
        *(shown.gateway, shown.ref, judged.verdict, judged.workspace, judged.plan),
        *(shown.price_ref, shown.customer or "", list(judged.notes)),
        judged.verdict == "adopted",
    )
