"""The catalogue of meters."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from kernel.text import LINE
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.openapi import means, refuses
from services.metering.application.accounts.desk import Desk
from services.metering.application.meters import MeterCatalogue
from services.metering.domain.errors import MeterBuiltIn, MeterInUse
from services.metering.domain.meters import (
    BUILT_IN,
    LARGEST_VALUE,
    MOST_DIMENSIONS,
    SLUG,
    Aggregation,
    MeterDefinition,
)

Slug = Annotated[str, Path(pattern=SLUG, description="Names a meter.", examples=["tokens"])]
Unit = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=LINE),
    means("What people read, in the plural.", "tokens"),
]
Dimension = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Dimensions = Annotated[
    list[Dimension],
    Field(max_length=MOST_DIMENSIONS),
    means("What usage is shown by; three at most.", ["model"]),
]
Overdraft = Annotated[
    StrictInt,
    Field(ge=0, le=LARGEST_VALUE),
    means("Units that may be reserved beyond everything that there is.", 0),
]


class DeclareMeter(BaseModel):
    """A meter as it should be."""

    model_config = ConfigDict(extra="forbid")
    unit: Unit
    aggregation: Annotated[
        Literal["count", "sum"], means("`count`: an event counts 1; it never changes.", "sum")
    ]
    dimensions: Dimensions = Field(default_factory=list)
    overdraft: Overdraft = 0


class MeterBody(BaseModel):
    """A meter."""

    slug: Annotated[str, means("Names it.", "tokens")]
    unit: Annotated[str, means("What people read.", "tokens")]
    aggregation: Annotated[Aggregation, means("How events add up.", "sum")]
    dimensions: Annotated[list[str], means("What usage is shown by.", ["model"])]
    overdraft: Annotated[int, means("Units that may be reserved beyond everything.", 0)]
    built_in: Annotated[bool, means("Whether it has routes of its own.", False)]


class MetersBody(BaseModel):
    """All meters."""

    data: Annotated[list[MeterBody], means("The built-in ones first, then by slug.")]


def meters_router(
    store: EventStore, access: Access, catalogue: MeterCatalogue, desk: Desk
) -> APIRouter:
    router = command_router(store, prefix="/v1/metering/meters", tags=["metering"])

    @router.get("")
    def list_meters(_: Principal = access.authenticated) -> MetersBody:
        """What is counted. The two meters that are built in, and those that were declared."""
        known = [*BUILT_IN.values(), *desk.meters()]
        return MetersBody(data=[_body(meter) for meter in known])

    @router.put(
        "/{slug}",
        responses={201: {"model": MeterBody, "description": ""}},
        openapi_extra=refuses(MeterBuiltIn, MeterInUse),
    )
    def declare_meter(
        slug: Slug,
        body: DeclareMeter,
        response: Response,
        principal: Principal = access.super_admin,
    ) -> MeterBody:
        """Count something else. 201 when it is new, 200 when it was changed or stands so already.
        How it adds up never changes."""
        dimensions = tuple(body.dimensions)
        meter = MeterDefinition(slug, body.unit, body.aggregation, dimensions, body.overdraft)
        if catalogue.declare(meter, principal.cause()):
            response.status_code = 201
        return _body(meter)

    return router


def _body(meter: MeterDefinition) -> MeterBody:
    return MeterBody(
        slug=meter.slug,
        unit=meter.unit,
        aggregation=meter.aggregation,
        dimensions=list(meter.dimensions),
        overdraft=meter.overdraft,
        built_in=meter.slug in BUILT_IN,
    )
