"""A verification a day, without anybody asking for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from kernel.clock import Clock
from projections.audit_trail.auditing import Auditor

log = structlog.get_logger()
EVERY = timedelta(days=1)
LOOK_SECONDS = 600.0
FINDINGS = Gauge("audit_verification_findings", "Differences that the last verification found.")
VERIFIED = Gauge("audit_verified_timestamp_seconds", "When history was last verified.")


@dataclass(slots=True)
class NightlyVerification:
    """Chains and heads from the last verified checkpoint on, and what services keep beside their
    events. The first comes a while after the start, which it shall not slow down."""

    auditor: Auditor
    clock: Clock
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
            log.error("history_differs", event=each.event, kind=each.kind, detail=each.detail)
        for name, table in drift:
            log.error("table_differs", name=name, table=table.table, rows=table.surplus_rows)
        return True
