"""Why a fact was recorded: part of every stored and published event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """`actor` is who (`user:<sub>`, `service:<sub>`, `gateway:stripe`, `policy:<name>`, `cli`,
    `sweep`); `correlation_id` names the request or webhook everything began with; `causation_id`
    the direct cause (an event's `<service>:<sequence>`, `webhook:<gateway>:<event id>` or
    `request:<id>`). `traceparent` is the W3C trace context of that request, where it was traced.
    """

    actor: str
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""


UNKNOWN = Cause("unknown")
# What time brings about: nobody asked for it.
SWEEP = Cause("sweep", "sweep", "sweep")
