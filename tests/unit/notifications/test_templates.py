"""Each mail has a text in each language, of the same facts."""

from __future__ import annotations

import re

import pytest

from services.notifications.application.people.notices import KINDS
from services.notifications.application.people.templates import LANGUAGES, OWN, Templates

FACT = re.compile(r"\$\{?(\w+)")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_the_same_in_every_language(kind: str) -> None:
    texts = [(OWN / language / f"{kind}.txt").read_text() for language in LANGUAGES]
    [facts] = {frozenset(FACT.findall(text)) for text in texts}
    for language in LANGUAGES:
        written = Templates().write(kind, language, dict.fromkeys(facts, "x"))
        assert written.subject
        assert "$" not in written.subject + written.text
    assert len(set(texts)) == len(LANGUAGES)


def test_there_is_no_text_of_no_kind() -> None:
    assert {path.stem for path in OWN.glob("*/*")} == set(KINDS)
