"""The ledger of `tokens` as anybody reads it, added up by itself and held against what the clients
were told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.account_life import Told
from tests.support.metering_caller import Caller


@dataclass
class Statement:
    """`limit` and `overdraft` are what the account is allowed."""

    host: Caller
    limit: int
    overdraft: int
    month: str
    balances: Counter[str] = field(default_factory=Counter)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        [shown] = self.host.credits()["balances"]
        self.overdrawn: int = shown["overdrawn"]
        self.grants = {grant["id"]: grant for grant in shown["grants"]}
        for entry in reversed(self._entries()):
            self._apply(entry)

    def check(self, told: Told) -> None:
        self._check_events(told)
        self._check_units(told)
        self._check_sources(told)

    def _entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            parameters: dict[str, str | int] = {"limit": 500, "cursor": cursor}
            page = self.host.http.get(self.host.path("credits"), params=parameters).json()
            found += page["data"]
            cursor = page["next"]
        return found

    def _apply(self, entry: dict[str, Any]) -> None:
        assert sum(posting["amount"] for posting in entry["postings"]) == 0
        for posting in entry["postings"]:
            self.balances[posting["balance"]] += posting["amount"]
        kind, identifier = entry["type"], entry["id"]
        self.events["counted" if kind in COUNTS else kind, identifier] += 1
        assert -self.balances[f"quota:{self.month}"] <= self.limit
        if kind in ("UsageReserved", "UsageRecorded"):
            assert self._room(datetime.fromisoformat(entry["at"])) >= 0, entry

    def _room(self, now: datetime) -> int:
        """What the overdraft leaves once it is used."""
        free = self.limit + self.balances[f"quota:{self.month}"]
        for name, grant in self.grants.items():
            left, ends = self.balances[f"grant:{name}"], grant["expires_at"]
            assert left >= 0
            if ends is None or now < datetime.fromisoformat(ends):
                free += left
        return free + self.balances[f"overdrawn:{self.month}"] + self.overdraft

    def _check_events(self, told: Told) -> None:
        """Once each, and nothing that nobody asked for."""
        counted = {name for kind, name in self.events if kind == "counted"}
        granted = {name for kind, name in self.events if kind == "CreditsGranted"}
        assert counted == set(told.counted)
        assert granted == set(told.granted)
        once = ("counted", "CreditsGranted", "CreditsRevoked", "CreditsExpired")
        for kind in once:
            assert {n for each, n in self.events.items() if each[0] == kind} <= {1}
        assert all(number <= 1 for name, number in told.new.items() if "expire" not in name)
        for name in told.revoked:
            assert self.grants[name]["status"] != "open"

    def _check_units(self, told: Told) -> None:
        used, held = sum(told.counted.values()), sum(told.held.values())
        shown = self.host.entitlements()["meters"]["tokens"]
        assert (shown["used"], shown["reserved"]) == (used, held)
        assert self.balances[f"used:{self.month}"] == used
        assert self.balances[f"held:{self.month}"] == held
        assert -self.balances[f"overdrawn:{self.month}"] == self.overdrawn
        for name, grant in self.grants.items():
            assert grant["amount"] == told.granted[name]
            assert self.balances[f"grant:{name}"] == grant["free"]

    def _check_sources(self, told: Told) -> None:
        """Every unit is where its id says that it came from."""
        taken: Counter[str] = Counter()
        for name, value in (told.counted | told.held).items():
            event = self.host.event_of(name)
            assert event["status"] == ("counted" if name in told.counted else "reserved")
            assert sum(part["amount"] for part in event["sources"]) == value
            taken.update({part["source"]: part["amount"] for part in event["sources"]})
        for name in told.freed:
            assert self.host.event_of(name)["status"] in ("released", "expired")
        assert taken["quota"] == -self.balances[f"quota:{self.month}"]
        repaid = {name: self.balances[f"repaid:{self.month}:{name}"] for name in self.grants}
        assert taken["overdrawn"] == self.overdrawn + sum(repaid.values())
        lapsed = 0
        for name, grant in self.grants.items():
            gone = grant["amount"] - taken[name] - repaid[name] - grant["free"]
            assert gone == 0 or grant["status"] != "open"
            lapsed += gone
        ended = sum(self.balances[name] for name in ("lapsed", "revoked", "expired"))
        assert lapsed == ended


COUNTS = ("UsageRecorded", "ReservationSettled")
