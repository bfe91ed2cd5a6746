"""What somebody is told who comes back from the page where a service is paid."""

from __future__ import annotations

import pytest

from pages.views.addons import came_of


@pytest.mark.parametrize(
    ("settled", "known", "told"),
    [
        (["paid"], ["pending"], {"done": "bought"}),
        ([], ["paid", "failed"], {"done": "bought"}),
        (["pending"], ["pending"], {"done": "buy_pending"}),
        (["failed"], ["pending", "paid"], {"refused": "card_declined"}),
        (["cancelled"], ["pending", "paid"], {}),
        ([], ["refunded", "paid"], {}),
        ([], [], {}),
    ],
)
def test_only_what_was_bought_is_called_so(
    settled: list[str], known: list[str], told: dict[str, str]
) -> None:
    assert came_of(settled, known) == told
