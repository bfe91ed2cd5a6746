"""What a workspace is entitled to, as it is answered."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from services.metering.http.bodies import ResetsAt, means


class UnitFigures(msgspec.Struct):
    """Of this month."""

    conversations: Annotated[int, means("Conversations.", 412)]
    messages: Annotated[int, means("Messages.", 6120)]


class RemainingUnits(msgspec.Struct):
    """What is left of this month; null is unlimited."""

    conversations: Annotated[int | None, means("Conversations.", 587)]
    messages: Annotated[int | None, means("Messages.", 13880)]


class MeterEntitlement(msgspec.Struct):
    """What a declared meter gives this month."""

    unit: Annotated[str, means("What is counted.", "tokens")]
    used: Annotated[int, means("Counted.", 3121)]
    reserved: Annotated[int, means("Held.", 4000)]
    limit: Annotated[int | None, means("The quota; null is unlimited.", 1_000_000)]
    mode: Annotated[Literal["hard", "soft"], means("A soft one refuses nothing.", "hard")]
    credits: Annotated[int, means("Free credits.", 50_000)]
    overdrawn: Annotated[int, means("Used beyond everything.", 0)]
    remaining: Annotated[
        int | None, means("Quota and credits that are left; null is unlimited.", 1_042_879)
    ]


class Override(msgspec.Struct):
    """What holds for this workspace instead of its plan."""

    kind: Annotated[Literal["quota", "limit", "feature"], means("Of what.", "quota")]
    name: Annotated[str, means("The meter, limit or feature.", "tokens")]
    value: Annotated[bool | int | str | None, means("What holds.", 5_000_000)]
    plan: Annotated[bool | int | str | None, means("The plan's; null is none.", 1_000_000)]
    until: Annotated[str | None, means("When it ends.", "2027-01-01T00:00:00Z")]


class Entitlements(msgspec.Struct):
    """All that a host needs to know for a turn."""

    workspace_id: Annotated[str, means("The workspace.", "acme")]
    plan: Annotated[str | None, means("The slug of the plan it lives on.", "pro-monthly")]
    limits: Annotated[
        dict[str, int | None],
        means(
            "`conversations` and `messages` a month, and the plan's named limits: null is "
            "unlimited, 0 of a named one blocks.",
            {"conversations": 1000, "messages": 20000, "agents": 5},
        ),
    ]
    used: Annotated[UnitFigures, means("What was counted.")]
    held: Annotated[
        UnitFigures,
        means("Conversations whose first turn is not complete; they take from `remaining`."),
    ]
    remaining: Annotated[RemainingUnits, means("What is left.")]
    can_start_conversation: Annotated[bool, means("What the quota check answers.", True)]
    can_send_message: Annotated[bool, means("What the message check answers.", True)]
    max_tokens: Annotated[int, means("Of a response.", 800)]
    removes_branding: Annotated[bool, means("A feature of the plan.", True)]
    features: Annotated[
        dict[str, bool | int | str | None], means("All, by name.", {"remove_branding": True})
    ]
    meters: Annotated[
        dict[str, MeterEntitlement],
        means(
            "Declared ones, by slug.",
            {
                "tokens": {
                    "unit": "tokens",
                    "used": 3121,
                    "reserved": 4000,
                    "limit": 1_000_000,
                    "mode": "hard",
                    "credits": 50_000,
                    "overdrawn": 0,
                    "remaining": 1_042_879,
                }
            },
        ),
    ]
    overrides: Annotated[list[Override], means("Empty where the plan holds.")]
    period: Annotated[str, means("The UTC month.", "2026-11")]
    resets_at: ResetsAt
