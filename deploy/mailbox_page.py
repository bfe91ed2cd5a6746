"""The page of development's mailbox."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateways.sandbox import Render
from runtime.messaging.mailbox import Mailbox

PATH = "/sandbox/mailbox"


def mailbox_page(mailbox: Mailbox, render: Render) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def show(request: Request) -> Response:
        return render(request, "sandbox/mailbox.html", mails=mailbox.latest())

    return router
