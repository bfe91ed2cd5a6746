"""What the documents name is there: links, headings, files and folders."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
LONGEST_MEANING = 100
TERM = re.compile(
    r"^\| (?P<word>[^|]+) \| (?P<meaning>[^|]+) \| (?P<where>`[^|]+`) \|$", re.MULTILINE
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
ROOMS = (
    "clients",
    "contracts",
    "deploy",
    "docs",
    "gateways",
    "kernel",
    "projections",
    "runtime",
    "services",
)
PLACE = re.compile(rf"(?:{'|'.join((*ROOMS, 'tests'))})/[\w./-]*")


def documents() -> list[Path]:
    folders = [ROOT / room for room in (*ROOMS, "tests")]
    inside = [path for folder in folders for path in folder.rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *inside])


def prose(document: Path) -> str:
    """Without the blocks of code."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """Of headings, as GitHub and the site generators make them."""
    plain = (re.sub(r"[^\w\- ]", "", text.lower()) for text in HEADING.findall(prose(document)))
    return {text.replace(" ", "-") for text in plain}


def dead_links(document: Path) -> Iterator[str]:
    for target in LINK.findall(prose(document)):
        path, _, anchor = target.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        found = (document.parent / path).resolve() if path else document
        if not found.exists():
            yield target
        elif anchor and anchor not in anchors(found):
            yield f"{target} (no such heading)"


def missing_places(text: str) -> list[str]:
    """Paths in code spans that lead nowhere."""
    named = [span for span in SPAN.findall(text) if PLACE.fullmatch(span)]
    return [place for place in named if not (ROOT / place).exists()]


def terms() -> list[tuple[str, str, str]]:
    """Word, meaning and where it lives."""
    return TERM.findall(GLOSSARY.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
class TestDocuments:
    def test_links_lead_somewhere(self, document: Path) -> None:
        assert list(dead_links(document)) == []

    def test_places_that_are_named_exist(self, document: Path) -> None:
        assert missing_places(prose(document)) == []


class TestTheGlossary:
    def test_every_word_lives_somewhere(self) -> None:
        for word, _, where in terms():
            [place] = SPAN.findall(where)
            assert (ROOT / place).exists(), f"{word}: {place}"

    def test_a_word_stands_once_in_order_and_is_explained_in_a_line(self) -> None:
        words = [word.lower() for word, _, _ in terms()]
        assert words == sorted(set(words))
        assert [word for word, meaning, _ in terms() if len(meaning) > LONGEST_MEANING] == []


class TestTheChangelog:
    def test_it_knows_the_packages_version(self) -> None:
        version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
        assert version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
