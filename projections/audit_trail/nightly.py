"""A verification a day, without anybody asking for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from kernel.clock import Clock
from projections.audit_trail.auditing import Auditor
from projections.audit_trail.findings import Finding
from runtime.process.derived import Drift

log = structlog.get_logger()
EVERY = timedelta(days=1)
LOOK_SECONDS = 600.0
MOST_TOLD = 20
FINDINGS = Gauge("audit_verification_findings", "Differences that the last verification found.")
VERIFIED = Gauge("audit_verified_timestamp_seconds", "When history was last verified.")


@dataclass(slots=True)
class NightlyVerification:
    """Chains and heads from the last verified checkpoint on, and what services keep beside their
    events. The first comes a while after the start, which it shall not slow down. `alarm` is
    told in a subject and a text what differs."""

    auditor: Auditor
    clock: Clock
    alarm: Callable[[str, str], None] = lambda *_: None
    _due: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._due = self.clock() + timedelta(seconds=LOOK_SECONDS)

    def run_due(self) -> bool:
        """Whether it was time."""
        now = self.clock()
        if now < self._due:
            return False
        self._due = now + EVERY
        report = self.auditor.verify(full=False, replay=False, derived=True)
        findings = [found for chain in report.chains for found in chain.findings]
        drift = [(name, each) for name, found in report.derived.items() for each in found]
        rows = sum(each.missing + each.surplus for _, each in drift)
        FINDINGS.set(sum(chain.found for chain in report.chains) + rows)
        VERIFIED.set(now.timestamp())
        for each in findings:
            log.error("history_differs", at=each.event, kind=each.kind, detail=each.detail)
        for name, table in drift:
            log.error("table_differs", name=name, table=table.table, rows=table.surplus_rows)
        if findings or drift:
            self.alarm("History differs", _told(findings, drift))
        return True


def _told(findings: Sequence[Finding], drift: Sequence[tuple[str, Drift]]) -> str:
    lines = [f"{each.event}: {each.kind}, {each.detail}" for each in findings[:MOST_TOLD]]
    lines += [f"{name}: table {table.table} differs" for name, table in drift[:MOST_TOLD]]
    what_to_do = "See docs/operations/runbooks/VerificationFound.md."
    return "\n".join(["The daily verification found what was not so before.", *lines, what_to_do])
