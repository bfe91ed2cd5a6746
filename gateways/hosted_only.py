"""A gateway that takes payments on its own pages only and changes no plan in place."""

from __future__ import annotations

from typing import Literal

from gateways.port import Capabilities


def hosted_only(
    *, cancels: Literal["period_end", "immediately"], archive_price: bool
) -> Capabilities:
    """Two capabilities differ between such gateways, what they lack is the same."""
    return Capabilities(
        cancels=cancels,
        archive_price=archive_price,
        resume=False,
        swap_in_place=False,
        saved_method_charge=False,
        portal=False,
        proration_preview=False,
    )
