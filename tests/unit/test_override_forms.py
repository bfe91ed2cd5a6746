"""What staff agree on with a workspace, as they type it."""

from __future__ import annotations

from typing import Any

import pytest

from pages.views.agreements import agreed, flags
from workspace_billing import models


class TestFeatures:
    @pytest.mark.parametrize(
        ("text", "features"),
        [
            ("sso true\nseats 5", {"sso": True, "seats": 5}),
            ("region eu west\n\n", {"region": "eu west"}),
            ('region "eu"', {"region": "eu"}),
            ("plan null", {"plan": None}),
            ("rate 1.5", {"rate": "1.5"}),
            ("deep {}", {"deep": "{}"}),
            ("", {}),
        ],
    )
    def test_are_a_line_each(self, text: str, features: dict[str, Any]) -> None:
        assert flags(text) == features

    def test_say_what_they_were_filled_with(self) -> None:
        features: dict[str, Any] = {"sso": True, "seats": 5, "region": "eu west", "off": None}
        overrides = [
            models.Override(kind="feature", name=name, value=value)
            for name, value in features.items()
        ]
        assert flags(agreed(overrides, {})["features"]) == features
