"""The e-mail that the delivery team reads."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from kernel.clock import rfc3339
from kernel.money import Money
from runtime.eventstore.vault import Vault
from runtime.messaging.mail import Mail
from services.addons.domain.purchase.purchase import Purchase


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """`team` and `sender` are addresses."""

    team: str
    sender: str
    vault: Vault

    def fill(self, purchase: Purchase) -> Mail:
        """The same Message-ID whenever it is written: it is the purchase's."""
        lines = self._lines(purchase)
        domain = self.sender.rpartition("@")[2] or "localhost"
        return Mail(
            sender=self.sender,
            to=self.team,
            subject=_one_line(f"To deliver: {purchase.addon_name} for {purchase.workspace_id}"),
            text=_text(lines),
            html=_html(lines),
            message_id=f"<{purchase.purchase_id}.paid@{domain}>",
        )

    def _lines(self, purchase: Purchase) -> dict[str, str]:
        lines = {
            "Add-on": f"{purchase.addon_name} ({purchase.addon})",
            "Workspace": purchase.workspace_id,
            "Buyer": self._buyer(purchase),
            "Amount": str(Money(purchase.price_cents, purchase.currency)),
            "Purchase": purchase.purchase_id,
            "Ordered": rfc3339(purchase.started_at),
        }
        if purchase.status != "paid":
            lines["Status by now"] = purchase.status
        return lines

    def _buyer(self, purchase: Purchase) -> str:
        name, email = (
            self.vault.unseal(purchase.buyer.name),
            self.vault.unseal(purchase.buyer.email),
        )
        known = " ".join(part for part in (name, f"<{email}>" if email else None) if part)
        return f"{known} ({purchase.buyer.subject})" if known else purchase.buyer.subject


def _text(lines: dict[str, str]) -> str:
    width = max(map(len, lines))
    listed = "\n".join(f"{name + ':':<{width + 2}}{value}" for name, value in lines.items())
    return f"An add-on was paid and waits for its delivery.\n\n{listed}\n"


def _html(lines: dict[str, str]) -> str:
    rows = "".join(
        f'<tr><th align="left">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in lines.items()
    )
    return (
        "<!doctype html><html><body><p>An add-on was paid and waits for its delivery.</p>"
        f'<table cellpadding="4">{rows}</table></body></html>'
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
