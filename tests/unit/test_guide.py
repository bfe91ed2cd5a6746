"""The pages under /guide: which there are, where their links lead, and what the code adds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.schemas import published
from deploy.guide.contents import INDEX, Entry, Section, contents, folder
from deploy.guide.reference import MARK, filled
from deploy.guide.rendering import page, place
from deploy.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PATHS = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
SECTIONS = contents((DOCS / INDEX).read_text(encoding="utf-8"))
DOCUMENT = {
    "tags": [{"name": "plans", "description": "What is for sale."}],
    "paths": {
        "/v1/plans": {
            "get": {"tags": ["plans"], "summary": "What is for sale", "security": [{}]},
            "post": {"tags": ["plans"], "summary": "Create", "security": [{"bearer": ["admin"]}]},
        }
    },
}


def shown(path: str) -> str:
    text = (DOCS / path).read_text(encoding="utf-8")
    return page(filled(text, DOCUMENT), path, SECTIONS)


class TestContents:
    def test_are_the_lists_of_links_under_their_headings(self) -> None:
        text = "# Title\n\n- [No](a.md)\n\n## Begin\n\n- [Quick](quick.md): now\n\n## Nothing\n"
        assert contents(text) == [Section("Begin", (Entry("Quick", "quick.md"),))]

    def test_list_every_document_but_single_decisions(self) -> None:
        listed = [entry.path for section in SECTIONS for entry in section.entries]
        wanted = [path for path in PATHS if not re.match(r"decisions/\d|index", path)]
        assert sorted(listed) == wanted

    def test_stand_in_the_repository(self) -> None:
        assert folder() == DOCS


@pytest.mark.parametrize("path", PATHS)
def test_every_link_of_a_page_leads_to_a_page_or_out(path: str) -> None:
    places = {f"/guide/{place(each)}" for each in PATHS}
    links = re.findall(r'href="([^"#]+)', shown(path))
    lost = {link for link in links if "://" not in link and link not in places}
    assert lost <= {"/guide/style.css"}


class TestAPage:
    def test_has_the_title_of_its_document_and_marks_itself_in_the_list(self) -> None:
        html = shown("guides/meter.md")
        assert "<title>Meter usage · Workspace billing</title>" in html
        assert '<a href="/guide/guides/meter" aria-current="page">' in html

    def test_has_headings_that_links_find(self) -> None:
        assert '<h2 id="usage-that-must-not-be-lost">' in shown("guides/python-client.md")

    def test_never_takes_text_for_html(self) -> None:
        html = page("# <b>\n\n<script>x</script> `<i>`\n", INDEX, [])
        assert "<script" not in html
        assert "<i>" not in html


class TestTheReference:
    def test_lists_every_setting_with_its_meaning(self) -> None:
        html = shown("reference/settings.md")
        assert [
            each for each in Settings.model_fields if f"BILLING_{each.upper()}<" not in html
        ] == []
        assert [
            name for name, field in Settings.model_fields.items() if not field.description
        ] == []

    def test_lists_every_event_with_a_meaning_of_its_own(self) -> None:
        html = shown("reference/events.md")
        assert [name for name in published() if f"<code>{name.split('.', 1)[1]}<" not in html] == []
        told = {name: kind.__doc__ for name, kind in published().items()}
        inherited = {base.__doc__ for kind in published().values() for base in kind.__mro__[1:]}
        assert [name for name, meaning in told.items() if not meaning or meaning in inherited] == []

    def test_lists_every_command_with_what_it_takes(self) -> None:
        html = shown("reference/commands.md")
        for command in ("run", "audit export", "what-if", "rebuild", "token"):
            assert f"<code>billing {command}</code></h3>" in html
        assert "<code>--workspace</code>" in html

    def test_lists_every_operation_and_who_may_call_it(self) -> None:
        html = shown("reference/api.md")
        assert "<code>GET /v1/plans</code></td>\n<td>What is for sale</td>\n<td>everybody" in html
        assert "<code>POST /v1/plans</code></td>\n<td>Create</td>\n<td>admin" in html

    def test_leaves_no_mark(self) -> None:
        assert [path for path in PATHS if MARK.search(filled("", DOCUMENT) + shown(path))] == []
