"""Only workspaces that billing has heard of are metered, where that is chosen."""

from __future__ import annotations

from tests.integration.metering.conftest import SetClock
from tests.support.metering_caller import caller
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService, served
from tests.support.meters import declare, slugs
from tests.support.waiting import wait_until


class TestKnownWorkspacesOnly:
    def test_nothing_is_counted_for_one_that_was_mistyped(self, database_url: str) -> None:
        metering = MeteringService(database_url, SetClock(), known_workspaces_only=True)
        with served(metering) as origin, caller(origin) as host, caller(origin, ws="acmee") as typo:
            declare(origin)
            wait_until(lambda: "tokens" in slugs(host), "the meter is known")
            Billing(database_url).limit(host)
            assert host.message("m1").status_code == 201
            assert host.start("c1").status_code == 201
            assert host.use("t1", 5).status_code == 201
            refused = [
                *(typo.message("m1"), typo.start("c1"), typo.first_turn("c1")),
                *(typo.use("t1", 5), typo.reserve("r1", 5)),
            ]
            codes = {(each.status_code, each.json()["error"]["code"]) for each in refused}
            assert codes == {(404, "workspace_unknown")}
            told = typo.report(typo.event("m2"), typo.event("t2", "tokens", value=1))
            assert [each["status"] for each in told] == ["rejected", "rejected"]
            assert host.report(host.event("m2"))[0]["status"] == "inserted"
            assert typo.entitlements()["used"]["messages"] == 0
