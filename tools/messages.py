"""Texts of the pages, from the templates into the catalogues of other languages.

python -m tools.messages          adds what is new and takes out what is gone
python -m tools.messages --check  says what is missing or not translated, and then exits 1
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PAGES = Path(__file__).parents[1] / "pages"
LOCALES = ("de",)
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}


def wanted() -> Catalog:
    catalogue = Catalog()
    found = extract_from_dir(
        str(PAGES / "templates"),
        method_map=[("**.html", "jinja2.ext:babel_extract")],
        options_map={"**.html": OPTIONS},
    )
    for _, _, message, _, _ in sorted(found, key=lambda each: str(each[2])):
        catalogue.add(message)
    return catalogue


def kept(locale: str) -> Catalog:
    path = PAGES / "locale" / f"{locale}.po"
    if not path.exists():
        return Catalog(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def problems(locale: str) -> list[str]:
    known = {message.id: message for message in kept(locale) if message.id}
    asked = {message.id for message in wanted() if message.id}
    untold = [f"{locale}: not translated: {each}" for each in asked if not _told(known.get(each))]
    return sorted(untold + [f"{locale}: not in use: {each}" for each in known.keys() - asked])


def _told(message: object) -> bool:
    text = getattr(message, "string", "")
    return all(text) if isinstance(text, (list, tuple)) else bool(text)


def update(locale: str) -> None:
    catalogue = kept(locale)
    catalogue.update(wanted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with (PAGES / "locale" / f"{locale}.po").open("wb") as file:
        write_po(file, catalogue, omit_header=True, sort_output=True, no_location=True, width=100)


def main() -> None:
    if "--check" not in sys.argv:
        for locale in LOCALES:
            update(locale)
    found = [each for locale in LOCALES for each in problems(locale)]
    print("\n".join(found) or "The catalogues are complete.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
