"""Which of our commands an answer has to show: positions in the logs of the services."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

POSITION = re.compile(r"(?P<service>[a-z]+):(?P<sequence>[0-9]{1,18})")
MOST_WORKSPACES = 10_000
EVERYWHERE = ""
_Positions = OrderedDict[str, int]


@dataclass
class Bookmark:
    """The positions that this client's commands were answered with, by workspace; those of no
    workspace concern all. Within a workspace the latest stands last. What is forgotten was too
    long ago to matter."""

    _seen: OrderedDict[str, _Positions] = field(default_factory=OrderedDict)
    _overall: _Positions = field(default_factory=OrderedDict)

    def see(self, token: str, workspace: str = EVERYWHERE) -> None:
        """A position, or a `token` of another bookmark. What is neither is no position: it may
        come from an address that somebody typed."""
        for found in POSITION.finditer(token):
            self._add(workspace, found["service"], int(found["sequence"]))

    def token(self, workspace: str = EVERYWHERE) -> str:
        """To be carried over a redirect; safe in an address. Empty without any command."""
        positions = self._of(workspace) if workspace else self._overall
        return ",".join(f"{service}:{sequence}" for service, sequence in positions.items())

    def after(self, services: Iterable[str], workspace: str = EVERYWHERE) -> str | None:
        """The latest position of these services that a read of that workspace has to show."""
        positions = self._of(workspace) if workspace else self._overall
        latest = [each for each in positions if each in services]
        return f"{latest[-1]}:{positions[latest[-1]]}" if latest else None

    def forget(self) -> None:
        """After `position_unknown`: the logs are others than those that were seen."""
        self._seen.clear()
        self._overall.clear()

    def _add(self, workspace: str, service: str, sequence: int) -> None:
        positions = self._seen.setdefault(workspace, OrderedDict())
        self._seen.move_to_end(workspace)
        for each in (positions, self._overall):
            each[service] = max(sequence, each.get(service, 0))
            each.move_to_end(service)
        while len(self._seen) > MOST_WORKSPACES:
            self._seen.popitem(last=False)

    def _of(self, workspace: str) -> _Positions:
        everywhere = self._seen.get(EVERYWHERE, OrderedDict())
        own = self._seen.get(workspace, OrderedDict())
        merged = OrderedDict(everywhere)
        for service, sequence in own.items():
            merged[service] = max(sequence, merged.get(service, 0))
            merged.move_to_end(service)
        return merged
