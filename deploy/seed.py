"""The catalogue that every installation begins with."""

from __future__ import annotations

from deploy.composition import Composition


def seed(composition: Composition) -> None:
    """Idempotent: what exists is left as it is, whatever was changed since."""
    for service in (composition.billing, composition.addons):
        if service.seed is not None:
            service.seed()
