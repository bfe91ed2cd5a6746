"""Which documents there are, and in which order: the lists of `docs/index.md` say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

INDEX = "index.md"
_HEADING = re.compile(r"^## +(?P<heading>.+?)\s*$")
_ENTRY = re.compile(r"^- \[(?P<title>[^\]]+)\]\((?P<path>[^)#]+\.md)\)")
# The repository's own, or those that were installed with the package.
_PLACES = (Path(__file__).parents[2] / "docs", Path(__file__).parent / "pages")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, by its path within the folder."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    entries: tuple[Entry, ...]


def folder() -> Path | None:
    """Where the documents are; None where they were not installed."""
    return next((place for place in _PLACES if (place / INDEX).is_file()), None)


def contents(index: str) -> list[Section]:
    """The lists of links of that text, under their headings."""
    found: list[Section] = []
    for line in index.splitlines():
        if heading := _HEADING.match(line):
            found.append(Section(heading["heading"], ()))
        elif (entry := _ENTRY.match(line)) and found:
            last = found.pop()
            listed = Entry(entry["title"], entry["path"])
            found.append(Section(last.heading, (*last.entries, listed)))
    return [section for section in found if section.entries]
