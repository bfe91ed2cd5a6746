"""What one command carries with it through threads: its request id in, its log position out."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class CommandTrace:
    """Shared by reference between the request's task and the thread that runs the command.
    `caller` is the subject of the request's token, once that is verified."""

    request_id: str
    positions: dict[str, int] = field(default_factory=dict)
    workspace: str = ""
    caller: str = ""
    traceparent: str = ""


_trace: ContextVar[CommandTrace | None] = ContextVar("command_trace", default=None)


def begin_trace(request_id: str) -> CommandTrace:
    trace = CommandTrace(request_id)
    _trace.set(trace)
    return trace


def current_trace() -> CommandTrace | None:
    return _trace.get()


def note_position(service: str, position: int) -> None:
    """Remembers the highest position that the current command wrote in a service's log."""
    trace = _trace.get()
    if trace is not None:
        trace.positions[service] = max(position, trace.positions.get(service, 0))
