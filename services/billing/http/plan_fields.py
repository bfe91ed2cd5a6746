"""The fields of a plan, each described once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt, StrictStr, StringConstraints

from kernel.text import LINE
from runtime.web.openapi import means
from services.billing.domain.terms import (
    LARGEST_RESPONSE,
    LONGEST_PAST_DUE,
    MOST_REMINDERS,
    SMALLEST_RESPONSE,
    Interval,
    WhilePaused,
)
from services.billing.http.sale_bodies import Word

LARGEST = 10**12
Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"),
    means("Names a plan; it never changes.", "pro-monthly"),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=LINE),
    means("What people read.", "Pro"),
]
Text = Annotated[StrictStr, StringConstraints(max_length=500, pattern=LINE)]
Count = Annotated[StrictInt, Field(ge=0, le=LARGEST)]
Positive = Annotated[StrictInt, Field(ge=1, le=LARGEST)]
Cents = Annotated[
    Count,
    means("Minor units, charged once per interval; 0 is never sold by a gateway.", 2900),
]
Conversations = Annotated[Count, means("New ones a UTC month; 0 is unlimited.", 1000)]
Messages = Annotated[Count, means("Of visitors, a UTC month; null is no cap.", 20000)]
Tokens = Annotated[
    StrictInt,
    Field(ge=SMALLEST_RESPONSE, le=LARGEST_RESPONSE),
    means("Of a response; null is the default, 800.", 1200),
]
Days = Annotated[
    StrictInt,
    Field(ge=0, le=LONGEST_PAST_DUE),
    means("How long `past_due` keeps access; null is the installation's default.", 21),
]
Reminders = Annotated[
    list[Annotated[StrictInt, Field(ge=1, le=LONGEST_PAST_DUE)]],
    Field(max_length=MOST_REMINDERS),
    means(
        "Days after a failed payment, in order; null is 3, 7 and 14. It is told at once too.",
        [2, 5, 10],
    ),
]
Family = Annotated[Slug, means("What the monthly and the yearly variant have in common.", "pro")]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), means("ISO 4217, of the price.", "USD")
]
Whole = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
Features = Annotated[
    dict[Word, StrictBool | Whole | Text | None],
    Field(max_length=100),
    means("Flags by name; unknown ones are kept.", {"remove_branding": True}),
]
Limits = Annotated[
    dict[Word, Count | None],
    Field(max_length=100),
    means("Caps by name; null is unlimited, 0 blocks.", {"agents": 5, "members": None}),
]
Active = Annotated[StrictBool, means("Whether it can be chosen; subscribers keep theirs.", True)]
Default = Annotated[
    StrictBool, means("Whether workspaces without a subscription live on it.", False)
]
OnRequest = Annotated[
    StrictBool, means("Shown without a price, and not for sale at a checkout.", False)
]
Resting = Annotated[
    WhilePaused,
    means(
        "What who pauses it lives on meanwhile: the default plan, this one as before, or nothing "
        "(each quota and limit is 0).",
        "default_plan",
    ),
]
Billed = Annotated[Interval, means("How often the price is charged.", "month")]
