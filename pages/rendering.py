"""Templates to answers, with the headers that every page has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from kernel.clock import Clock
from pages.language import SHIPPED, Language, preferred
from pages.session import Session

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Not `no-referrer`: of that browsers make `Origin: null` in our own forms.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
ASSETS = "/assets"
# What a form led to, until the next page has told it.
TOLD, TOLD_SECONDS = "billing_told", 60
# Forms of these lead to where the customer came from, which may be anybody's.
HOSTED = {**HEADERS, "Content-Security-Policy": POLICY.replace("form-action 'self'; ", "")}
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    kind: str


@dataclass(frozen=True)
class Renderer:
    clock: Clock

    @cached_property
    def assets(self) -> dict[str, Asset]:
        """By path. The name has a digest of the content, so that a browser may keep it for good."""
        found: dict[str, Asset] = {}
        for file in sorted((files("pages") / "static").iterdir(), key=lambda each: each.name):
            stem, dot, suffix = file.name.rpartition(".")
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            asset = Asset(content, KINDS[dot + suffix])
            found[f"{ASSETS}/{stem}.{digest}.{suffix}"] = asset
        return found

    @cached_property
    def _asset_paths(self) -> dict[str, str]:
        named = (path.removeprefix(f"{ASSETS}/").split(".") for path in self.assets)
        return {f"{stem}.{end}": f"{ASSETS}/{stem}.{mid}.{end}" for stem, mid, end in named}

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        loader = PackageLoader("pages")
        return {code: self._environment(loader, Language(code)) for code in SHIPPED}

    def _environment(self, loader: PackageLoader, language: Language) -> Environment:
        made = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.install_gettext_translations(language.texts, newstyle=True)  # type: ignore[attr-defined]
        made.globals.update(
            language=language,
            asset=lambda name: self._asset_paths[name],
            safe_url=safe_url,
            form_key=lambda: str(uuid4()),
        )
        made.filters.update(
            money=language.money,
            number=language.number,
            percent=language.percent,
            day=language.day,
            moment=language.moment,
        )
        return made

    def html(
        self,
        request: Request,
        template: str,
        session: Session | None = None,
        status: int = 200,
        **shown: Any,
    ) -> Response:
        shown = {"told": (told := told_of(request)), **shown}
        text = self._text(request, template, session, shown)
        response = HTMLResponse(text, status, HEADERS)
        if told:
            response.delete_cookie(TOLD)
        return response

    def hosted(self, request: Request, template: str, status: int = 200, **shown: Any) -> Response:
        """A page of nobody's session, whose forms may lead elsewhere."""
        shown = {"told": request.query_params.get("done", ""), **shown}
        return HTMLResponse(self._text(request, template, None, shown), status, HOSTED)

    def _text(
        self, request: Request, template: str, session: Session | None, shown: dict[str, Any]
    ) -> str:
        code = preferred(request.headers.get("accept-language", ""))
        context = {"path": request.url.path, "query": request.query_params, "session": session}
        return self._environments[code].get_template(template).render({**context, **shown})


def see_other(url: str, **query: str) -> Response:
    """After a form. Only to pages of ours: to others leads `leave.html`. What the next page is to
    say, `done` or `refused`, goes along in a cookie too: a link alone makes no page say it."""
    target = f"{url}?{urlencode(query)}" if query else url
    response = RedirectResponse(target, 303, {"Cache-Control": "no-store"})
    if told := query.get("done") or query.get("refused"):
        response.set_cookie(TOLD, told, TOLD_SECONDS, httponly=True, samesite="lax")
    return response


def told_of(request: Request) -> str:
    """What the form before this page led to, if it was a form of this browser."""
    query = request.query_params
    told = request.cookies.get(TOLD, "")
    return told if told in (query.get("done"), query.get("refused")) else ""


def safe_url(url: str | None) -> str:
    """An address that may stand in a link, else an empty one."""
    return url if url and urlsplit(url).scheme in {"http", "https"} else ""


def query_of(request: Request, *names: str) -> dict[str, Any]:
    """What a list's filters say; an empty field is none."""
    return {name: request.query_params.get(name) or None for name in names}


def next_url(request: Request, cursor: str | None) -> str:
    """The same list, a page further; empty on the last."""
    if cursor is None:
        return ""
    query = {name: value for name, value in request.query_params.items() if value}
    return f"{request.url.path}?{urlencode({**query, 'cursor': cursor})}"
