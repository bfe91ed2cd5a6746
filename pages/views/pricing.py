"""`/pricing`: what is sold, for everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from pages.frame import Frame
from pages.views.figures import agreed
from workspace_billing import models

INTERVALS = ("month", "year")


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get("/pricing")
    async def show(request: Request) -> Response:
        pricing = await frame.api.plans.pricing()
        asked = request.query_params.get("interval", "")
        interval = asked if asked in INTERVALS else INTERVALS[0]
        return frame.html(
            request,
            "pricing.html",
            interval=interval,
            offers=offers(pricing, interval),
            has_yearly=any(family.yearly for family in pricing.families),
            agreed=agreed,
            app_url=frame.app_url or "/app/billing",
        )

    return router


def offers(
    pricing: models.Pricing, interval: str
) -> list[tuple[models.PricedPlan, models.Family | None]]:
    """A plan with two variants in the one that was asked for, any other as it is; what costs
    nothing stands first where everybody begins there, and what has to be asked for last."""
    shown: list[tuple[models.PricedPlan, models.Family | None]] = []
    paired: set[str] = set()
    for family in pricing.families:
        if family.monthly and family.yearly:
            paired |= {family.monthly.slug, family.yearly.slug}
            variant = family.yearly if interval == "year" else family.monthly
            shown.append((variant, family))
    shown += [(plan, None) for plan in pricing.data if plan.slug not in paired]
    return sorted(shown, key=lambda offer: (agreed(offer[0]), offer[0].price_cents or 0))
