"""Pictures of the pages for the guide: `make screenshots`."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo import showcase
from deploy.demo.host import Host
from kernel.clock import utc_clock
from tests.pages.conftest import Visits
from tests.support.chromium import Person
from tests.support.page_checks import sits_down
from tests.support.tokens import SECRET

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Where `make screenshots` wants them; a test run throws them away.
KEPT = "BILLING_SCREENSHOTS"
WS = showcase.WORKSPACE
PICTURES = {
    "pricing": "/pricing",
    "billing": "/app/billing",
    "services": "/app/billing/addons",
    "overview": "/admin",
    "workspace": f"/admin/workspaces/{WS}",
    "plans": "/admin/plans",
    "orders": "/admin/orders",
    "sandbox": "/sandbox/control",
    "audit": f"/audit/workspaces/{WS}",
}
SIZE = {"width": 1200, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
SMALL = 120_000


@pytest.fixture(scope="module")
def furnished(person: Person, visits: Visits, url: str) -> Iterator[Person]:
    host = Host(url, SECRET)
    showcase.furnish(host, utc_clock())
    host.close()
    sits_down(person, url, visits.member(WS, "owner"), visits.staff("super_admin"))
    person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
    yield person
    person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    person.driver.delete_all_cookies()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of(name: str, furnished: Person, url: str, tmp_path: Path) -> None:
    furnished.opens(f"{url}{PICTURES[name]}")
    asked = {"format": "webp", "quality": 70}
    taken = furnished.driver.execute_cdp_cmd("Page.captureScreenshot", asked)
    picture = base64.b64decode(taken["data"])
    assert "Sign in" not in furnished.reads()
    assert 5_000 < len(picture) < SMALL
    directory = Path(os.environ.get(KEPT) or tmp_path)
    directory.joinpath(f"page-{name}.webp").write_bytes(picture)
