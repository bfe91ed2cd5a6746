"""The texts of mails: `<language>/<kind>.txt`, whose first line is the subject. An operator's
directory goes first; it may also hold `<language>/<kind>.html`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from services.notifications.application.people.contacts import DEFAULT_LANGUAGE
from services.notifications.application.people.notices import KINDS

OWN = Path(__file__).parent / "templates"
LANGUAGES = tuple(sorted(path.name for path in OWN.iterdir()))
PAGE = '<!doctype html><html lang="$language"><meta charset="utf-8"><body>$body</body></html>'


class TemplateProblem(Exception):
    """One line for the operator: which file, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Templates:
    """`own`: the operator's directory, None where there is none."""

    own: Path | None = None

    def write(self, kind: str, language: str, facts: Mapping[str, object]) -> Written:
        chosen = language if language in LANGUAGES else DEFAULT_LANGUAGE
        plain = {name: _line(value) for name, value in facts.items()}
        filled = Template(self._source(chosen, f"{kind}.txt") or "").safe_substitute(plain)
        subject, _, text = filled.partition("\n")
        html = self._source(chosen, f"{kind}.html")
        escaped = {name: escape(value) for name, value in plain.items()}
        if html is None:
            paragraphs = "".join(f"<p>{escape(each)}</p>" for each in text.strip().split("\n\n"))
            page = Template(PAGE).substitute(language=chosen, body=paragraphs)
        else:
            page = Template(html).safe_substitute(escaped)
        return Written(_line(subject), f"{text.strip()}\n", page)

    def check(self) -> None:
        """Raises TemplateProblem for a file of the operator that nothing would read."""
        if self.own is None:
            return
        if not self.own.is_dir():
            raise TemplateProblem(f"{self.own} is no directory")
        names = {f"{kind}{suffix}" for kind in KINDS for suffix in (".txt", ".html")}
        for path in sorted(self.own.glob("*/*")):
            if path.parent.name not in LANGUAGES or path.name not in names:
                raise TemplateProblem(f"{path} is no mail that is ever sent")

    def _source(self, language: str, name: str) -> str | None:
        for directory in (self.own, OWN):
            path = directory / language / name if directory else None
            if path is not None and path.is_file():
                return path.read_text(encoding="utf-8")
        return None


def _line(value: object) -> str:
    return " ".join(str(value).split())
