"""The page of development's mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from runtime.messaging.mailbox import KeptMail, Mailbox

PATH = "/sandbox/mailbox"


def mailbox_page(mailbox: Mailbox) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(PATH, response_class=HTMLResponse)
    def show() -> str:
        return page_of(mailbox.latest())

    return router


def page_of(mails: Sequence[KeptMail]) -> str:
    listed = "".join(
        f"<article><h2>{escape(mail.subject)}</h2><p>To {escape(mail.to)}</p>"
        f"<pre>{escape(mail.text)}</pre></article>"
        for mail in mails
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mailbox</title></head>'
        f"<body><h1>Mailbox</h1><p>Mail that was not sent: no BILLING_SMTP_URL is set.</p>"
        f"{listed or '<p>Nothing yet.</p>'}</body></html>"
    )
