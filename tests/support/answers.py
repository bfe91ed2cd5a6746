"""What tests look at first in an HTTP answer."""

from __future__ import annotations

from typing import Any


def code(answer: Any) -> tuple[int, str]:
    """Of a refusal: the status and the taxonomy's code."""
    return answer.status_code, answer.json()["error"]["code"]
