"""A purchase that can't be read holds up neither the sweep nor the delivery team's mail."""

from __future__ import annotations

from datetime import timedelta

from runtime.process.failed_items import FailedItem, FailedItems
from tests.support.addon_service import AddonService


def damage(addons: AddonService, purchase_id: str) -> None:
    store = addons.parts.store
    store.database.execute(
        f"UPDATE {store.table} SET state = '\\x00'::bytea "
        "WHERE convert_from(state, 'UTF8') LIKE %s",
        (f"%{purchase_id}%",),
    )


def failed(addons: AddonService) -> list[FailedItem]:
    return list(FailedItems(addons.parts.store.database).all())


def two_purchases(addons: AddonService, *, paid: bool = True) -> tuple[str, str]:
    """The damaged one, which is due first, and a healthy one."""
    if paid:
        addons.save_card("ok")
    damaged = addons.bought()
    addons.offer(slug="training")
    healthy = addons.bought(addon="training")
    damage(addons, damaged)
    return damaged, healthy


class TestFailedPurchases:
    def test_the_sweep_settles_the_others(self, addons: AddonService) -> None:
        damaged, _ = two_purchases(addons, paid=False)
        addons.clock.advance(timedelta(hours=1))
        assert addons.parts.sweep.settle_due() == 2
        assert [(item.work, item.key) for item in failed(addons)] == [("addons.settle", damaged)]

    def test_the_team_is_notified_of_the_others(self, addons: AddonService) -> None:
        damaged, healthy = two_purchases(addons)
        outbox = addons.parts.outbox
        with addons.database.transaction(commit=True) as cursor:
            for purchase_id in (damaged, healthy):
                outbox.add(cursor, purchase_id)
        assert addons.parts.notifications.deliver_due() == 1
        assert [(item.work, item.key) for item in failed(addons)] == [
            ("addons.notifications", damaged)
        ]
        assert outbox.due(addons.clock(), 10) == []
