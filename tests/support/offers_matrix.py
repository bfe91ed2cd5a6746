"""`python -m tests.support.offers_matrix` writes what each gateway can do beside plans into its
document, as the adapters say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateways.port import Ability, Offered
from gateways.port.offerings import PAYPAL, RAZORPAY, STRIPE

DOCUMENT = Path(__file__).parents[2] / "docs/gateways/README.md"
BEGIN, END = "<!-- offers -->\n", "<!-- /offers -->\n"
GATEWAYS: Mapping[str, Mapping[Ability, Offered]] = {
    "Stripe": STRIPE,
    "PayPal": PAYPAL,
    "Razorpay": RAZORPAY,
}


def matrix() -> str:
    return "".join(_lines())


def shown() -> str:
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    return rest.partition(END)[0]


def write() -> None:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(before + BEGIN + matrix() + END + after, encoding="utf-8")


def _lines() -> Iterator[str]:
    yield f"| offer | {' | '.join(GATEWAYS)} |\n"
    yield f"| --- |{' --- |' * len(GATEWAYS)}\n"
    for ability in STRIPE:
        cells = [_cell(offers[ability]) for offers in GATEWAYS.values()]
        yield f"| `{ability}` | {' | '.join(cells)} |\n"


def _cell(offered: Offered) -> str:
    word = offered.support.replace("_", " ")
    return f"{word}: {offered.reason}" if offered.reason else word


if __name__ == "__main__":
    write()
