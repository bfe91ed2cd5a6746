"""The UTC calendar month: the period of every quota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from kernel.clock import as_utc


@dataclass(frozen=True, order=True, slots=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, instant: datetime) -> Month:
        """The month a moment lies in; its start is inside, its end is not."""
        utc = as_utc(instant)
        return cls(utc.year, utc.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Reads `2026-11`; ValueError for anything else."""
        year, separator, number = text.partition("-")
        if separator != "-" or len(year) != 4 or len(number) != 2 or not (year + number).isdigit():
            raise ValueError(f"{text!r} is not a month like 2026-11")
        if not 1 <= int(number) <= 12 or int(year) == 0:
            raise ValueError(f"{text!r} is not a month like 2026-11")
        return cls(int(year), int(number))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next month: when the quota resets."""
        return self.next.start

    @property
    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.number == 1), 12 if self.number == 1 else self.number - 1)
