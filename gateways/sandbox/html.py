"""The look of the hosted pages: plain HTML that needs no script. Every text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from fastapi.responses import HTMLResponse

from gateways.sandbox.simulation.cards import CARDS
from kernel.money import Money

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
}
STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1a1d21}
main{max-width:32rem;margin:2rem auto;padding:2rem;background:#fff;border-radius:.75rem}
h1{font-size:1.5rem;margin:.25rem 0}.mode{color:#4a4f57;font-size:.875rem;margin:0}
.amount{font-size:1.75rem;font-weight:600;margin:.5rem 0 1.5rem}
label{display:block;font-weight:600}form{margin:1rem 0}
input{font:inherit;padding:.6rem;width:100%;box-sizing:border-box;border:1px solid #6b7280;
border-radius:.4rem;margin:.25rem 0 .75rem}
button{font:inherit;padding:.6rem 1rem;border-radius:.4rem;border:1px solid #1f4fd8;margin:.2rem 0;
background:#1f4fd8;color:#fff;cursor:pointer}button.quiet{background:#fff;color:#1f4fd8}
:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
.error{background:#fdecec;color:#8a1212;padding:.75rem;border-radius:.4rem}
.notice{background:#e7f6ec;color:#0f5c2b;padding:.75rem;border-radius:.4rem}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;padding:.3rem;border-bottom:1px solid #e3e5e8}
"""
CARD_HINT = "Test cards only. Never type a real card number here."


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    body = "\n".join(part for part in parts if part)
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Sandbox payments</title><style>{STYLE}</style></head>
<body><main><p class="mode">Sandbox payments: no money moves</p><h1>{escape(title)}</h1>
{body}
</main></body>
</html>""",
        status,
        HEADERS,
    )


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def price(amount: Money, per: str = "") -> str:
    return f'<p class="amount">{escape(str(amount))}{escape(f" per {per}" if per else "")}</p>'


def error(text: str) -> str:
    return f'<p class="error" role="alert" id="error">{escape(text)}</p>' if text else ""


def notice(text: str) -> str:
    return f'<p class="notice" role="status">{escape(text)}</p>' if text else ""


def button(name: str, value: str, label: str, *, quiet: bool = False) -> str:
    css = ' class="quiet"' if quiet else ""
    return (
        f'<button type="submit" name="{escape(name)}" value="{escape(value)}"{css}>'
        f"{escape(label)}</button>"
    )


def form(*parts: str, hidden: Iterable[tuple[str, str]] = ()) -> str:
    """Posts to the page's own address."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden
    )
    return f'<form method="post">{fields}{" ".join(parts)}</form>'


def card_field(*, invalid: bool) -> str:
    described = "card-hint error" if invalid else "card-hint"
    return (
        '<label for="card">Card number</label>'
        '<input id="card" name="card" inputmode="numeric" autocomplete="off" required'
        f' placeholder="4242 4242 4242 4242" aria-describedby="{described}"'
        f' aria-invalid="{str(invalid).lower()}">'
        f'<p id="card-hint" class="mode">{CARD_HINT}</p>'
    )


def card_table() -> str:
    rows = "".join(
        f"<tr><td>{card.number}</td><td>{escape(card.purpose)}</td></tr>" for card in CARDS.values()
    )
    return (
        "<details><summary>Test cards</summary><table>"
        "<tr><th scope='col'>Number</th><th scope='col'>What it does</th></tr>"
        f"{rows}</table></details>"
    )
