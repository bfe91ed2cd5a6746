"""A process that sends one endpoint its events until it is killed: database URL, endpoint id."""

from __future__ import annotations

import sys
from datetime import timedelta

from kernel.clock import utc_clock
from services.notifications.application.channel import Channel
from services.notifications.domain.retries import Pace
from tests.support.webhook_service import Post, parts_on, webhook_databases

SOON = timedelta(seconds=0.3)
QUICK = Pace(first=SOON, longest=SOON, longest_probe=SOON)


def main() -> None:
    url, endpoint = sys.argv[1:]
    with webhook_databases(url) as databases:
        shared = parts_on(databases, utc_clock, Post(), pace=QUICK).channels
        with Channel(shared, endpoint).opened() as channel:
            while channel.step(0.05):
                pass
