"""The ledger behind a long log, and questions to it: `python -m tests.bench audit`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from projections.audit_trail.as_of import AsOf, PointInTime
from runtime.postgres import embedded_server
from runtime.readmodels.shadow import unseen
from tests.bench.rebuild import fill
from tests.bench.result import Result, single
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import fresh_database

EVENTS = 100_000
FEWEST_A_SECOND = 20_000
LONGEST_ANSWER_MS = 200
AT = datetime(2026, 11, 15, 12, tzinfo=UTC)
KNOWN = datetime(2100, 1, 1, tzinfo=UTC)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_one_workspace(audit: AuditService) -> None:
    """The same log, as if it were all of one workspace."""
    audit.tamper(
        "metering",
        "UPDATE {events} SET state = convert_to(regexp_replace(convert_from(state, 'UTF8'), "
        "'workspace-[0-9]+', 'acme'), 'UTF8')",
    )


def measure(quick: bool) -> Sequence[Result]:
    events = EVENTS // 5 if quick else EVENTS
    folder = Path(tempfile.mkdtemp(prefix="bench-")) / "postgres"
    with ExitStack() as stack:
        stack.callback(embedded_server.stop, folder)
        url = stack.enter_context(fresh_database(embedded_server.start(folder)))
        audit = stack.enter_context(audit_service(url))
        fill(audit.metering, 1, events)
        in_one_workspace(audit)
        applying = seconds(lambda: audit.follow(batch_size=2_000))
        asked = AsOf(audit.positions.database, "acme", PointInTime(AT, KNOWN))
        answering = min(seconds(asked.answer) for _ in range(5))
        checking = seconds(lambda: audit.auditor.verify_chain("metering", True, unseen))
    return [
        Result("audit ledger", single(events / applying), " events/s", least=FEWEST_A_SECOND),
        Result("as-of answer", single(answering * 1_000), " ms", most=LONGEST_ANSWER_MS),
        Result("audit verification", single(events / checking), " events/s"),
    ]
