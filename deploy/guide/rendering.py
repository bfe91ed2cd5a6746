"""A document as a page of HTML, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import PurePosixPath
from posixpath import normpath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from deploy.guide.contents import INDEX, Section

ROOT = "/guide/"
CURRENT = ' aria-current="page"'
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Workspace billing</title>
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
<nav aria-label="Documents">{contents}</nav>
<main>
{body}
</main>
</body>
</html>
"""


def page(text: str, path: str, sections: Sequence[Section]) -> str:
    """`path` is that of the document, within the folder."""
    tokens = _markdown().parse(text)
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(inside.content))
    for token in _all(tokens):
        href = token.attrGet("href")
        if token.type == "link_open" and isinstance(href, str):
            token.attrSet("href", address(href, path))
    title = next((each.content for each in tokens if each.type == "inline"), path)
    body = _markdown().renderer.render(tokens, _markdown().options, {})
    listed = "".join(_listed(section, path) for section in sections)
    return PAGE.format(title=escape(title), root=ROOT, contents=listed, body=body)


def anchor(heading: str) -> str:
    """As GitHub and the site generators make them."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def address(href: str, path: str) -> str:
    """Where a document's link leads among the pages."""
    target, hashed, fragment = href.partition("#")
    if not target.endswith(".md") or "://" in target:
        return href
    return ROOT + place(normpath(PurePosixPath(path).parent / target)) + hashed + fragment


def place(path: str) -> str:
    """A document's address behind the root: that of its folder for what introduces one."""
    named = path.removesuffix(".md")
    folder, _, name = named.rpartition("/")
    if path == INDEX:
        return ""
    return f"{folder}/" if name == "README" else named


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _all(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _listed(section: Section, path: str) -> str:
    links = "".join(
        f'<li><a href="{ROOT}{place(entry.path)}"{CURRENT if entry.path == path else ""}>'
        f"{escape(entry.title)}</a></li>"
        for entry in section.entries
    )
    return f"<h2>{escape(section.heading)}</h2><ul>{links}</ul>"
