"""Every page in a browser, with 10,000 workspaces: `python -m tests.bench pages`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from deploy.demo import showcase
from deploy.demo.host import Host
from kernel.clock import utc_clock
from runtime.postgres import embedded_server
from runtime.postgres.database import Database
from runtime.web.tokens import Mint
from tests.bench.result import Result, Spread
from tests.support.chromium import Person, chromium
from tests.support.postgres import fresh_database
from tests.support.tokens import SECRET
from tests.support.whole_app import served_app
from workspace_billing import Billing, ServiceTokens

WORKSPACES = 10_000
BATCH = 1_000
LONGEST_MS = 300
LARGEST_KB = 60
WS = showcase.WORKSPACE
PAGES = (
    "/pricing",
    "/app/billing",
    "/app/billing/addons",
    "/app/billing/profile",
    "/app/billing/credits",
    "/admin",
    "/admin/workspaces",
    f"/admin/workspaces/{WS}",
    "/admin/plans",
    "/admin/orders",
    "/admin/webhooks",
    "/admin/endpoints",
    "/admin/revenue",
    "/admin/revenue/cohorts",
    "/audit",
    f"/audit/workspaces/{WS}",
)
PAINTED = """
const done = arguments[arguments.length - 1];
const look = () => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  paint ? done(paint.startTime) : setTimeout(look, 5);
};
look();
"""
SIZE = "return performance.getEntries().map(e => e.transferSize || 0).reduce((a, b) => a + b, 0)"
# As their events would leave it; only this table has a row for each workspace that pays.
SUBSCRIBED = """
INSERT INTO subscriptions (workspace_id, last_position, plan, status, gateway, subscription_ref,
    amount_cents, currency, "interval", interval_count, quantity, discounts, started_at, period_end,
    updated_at, words)
SELECT 'bench-' || n, n, 'pro-monthly', 'active', 'sandbox', 'sub_' || n, 4900, 'USD', 'month', 1,
    1, '[]', now(), now() + interval '20 days', now(), 'bench-' || n || ' pro-monthly'
FROM generate_series(1, %s) AS n
"""


def measure(quick: bool) -> Sequence[Result]:
    turns = 3 if quick else 9
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    with ExitStack() as stack:
        stack.callback(embedded_server.stop, directory / "postgres")
        database = stack.enter_context(
            fresh_database(embedded_server.start(directory / "postgres"))
        )
        url = stack.enter_context(served_app(database, directory / "data"))
        _fill(url, database)
        driver = stack.enter_context(chromium(directory / "browser", "--disable-cache"))
        person = Person(driver)
        _sign_in(person, url)
        return [result for page in PAGES for result in _page(person, url, page, turns)]


def _fill(url: str, database: str) -> None:
    tokens = ServiceTokens(SECRET, roles=["service", "super_admin"])
    with Billing(url, auth=tokens) as billing:
        for start in range(0, WORKSPACES, BATCH):
            numbers = range(start, start + BATCH)
            billing.report(
                {"id": f"c-{n}", "workspace_id": f"bench-{n}", "metric": "conversation"}
                for n in numbers
            )
    Database(database, "projections").execute(SUBSCRIBED, (WORKSPACES,))
    host = Host(url, SECRET)
    showcase.furnish(host, utc_clock())
    host.close()


def _sign_in(person: Person, url: str) -> None:
    person.opens(f"{url}/pricing")
    until = utc_clock() + timedelta(hours=1)
    mint = Mint(SECRET)
    for who, path, claims in (
        ("member", "/app", {"workspaces": {WS: "owner"}}),
        ("staff", "/", {"roles": ["super_admin"]}),
    ):
        token = mint("bench", until, **claims)
        person.driver.add_cookie({"name": f"billing_{who}", "value": token, "path": path})


def _page(person: Person, url: str, page: str, turns: int) -> Iterator[Result]:
    """Each turn with an empty cache; the first is not counted: templates are compiled then."""
    paints, sizes = [], []
    for _ in range(turns + 1):
        person.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        person.opens(url + page)
        paints.append(float(person.driver.execute_async_script(PAINTED)))
        sizes.append(person.driver.execute_script(SIZE) / 1_000)
    yield Result(f"{page} first paint", Spread.of(paints[1:]), " ms", most=LONGEST_MS)
    yield Result(f"{page} transferred", Spread.of(sizes[1:]), " KB", most=LARGEST_KB)
