"""With N requests at once and k left, exactly k succeed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import httpx
import pytest

from tests.integration.metering.conftest import SetClock
from tests.support.metering_caller import caller, service_token
from tests.support.metering_plans import Billing
from tests.support.metering_process import metering_processes
from tests.support.metering_service import MeteringService, served
from tests.support.rounds import rounds
from tests.support.waiting import wait_until


async def _send(
    origin: str, paths: Sequence[str], client: int, each: int, tag: str
) -> Counter[int]:
    """One client: its requests one after the other, to each path in turn."""
    answers: Counter[int] = Counter()
    headers = {"authorization": f"Bearer {service_token()}"}
    async with httpx.AsyncClient(base_url=origin, headers=headers, timeout=60) as http:
        for number in range(each):
            body = {"id": f"{tag}-{client}-{number}"}
            answers[(await http.post(paths[number % len(paths)], json=body)).status_code] += 1
    return answers


async def race(
    origins: Sequence[str], path: str, *, clients: int, each: int, tag: str
) -> Counter[int]:
    sent = [
        _send(origins[client % len(origins)], [path], client, each, tag)
        for client in range(clients)
    ]
    return sum(await asyncio.gather(*sent), Counter())


def units(kind: str, ws: str) -> str:
    return f"/v1/metering/workspaces/{ws}/{kind}"


class TestExactlyAsManyAsAreLeft:
    @pytest.mark.parametrize("kind", ["messages", "conversations"])
    def test_over_two_servers_at_once(self, database_url: str, kind: str) -> None:
        clock = SetClock()
        with (
            served(MeteringService(database_url, clock)) as one,
            served(MeteringService(database_url, clock)) as two,
            caller(one) as here,
            caller(two) as there,
        ):
            billing = Billing(database_url)
            billing.limit(here, conversations=100, messages=100)
            billing.limit(there, conversations=100, messages=100)
            path = units(kind, here.ws)
            answers = asyncio.run(race([one, two], path, clients=16, each=10, tag="a"))
        assert answers == {201: 100, 429: 60}

    def test_the_same_ids_from_everywhere_succeed_once(self, database_url: str) -> None:
        async def everywhere(origins: Sequence[str], path: str) -> Counter[int]:
            same = [_send(origin, [path], 0, 20, "same") for origin in origins for _ in range(6)]
            return sum(await asyncio.gather(*same), Counter())

        clock = SetClock()
        with (
            served(MeteringService(database_url, clock)) as one,
            served(MeteringService(database_url, clock)) as two,
            caller(one) as here,
        ):
            Billing(database_url).limit(here, messages=20)
            answers = asyncio.run(everywhere([one, two], units("messages", here.ws)))
            # What the other server stored last arrives a moment later.
            wait_until(lambda: here.can_send().status_code == 429, "the quota is seen to be used")
        assert answers == {201: 20, 200: 220}

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("kind", ["messages", "conversations"])
    def test_a_thousand_left_for_64_clients_over_two_processes_again_and_again(
        self, database_url: str, kind: str
    ) -> None:
        with metering_processes(database_url, 2, "--no-projection") as processes:
            origins = [process.origin for process in processes]
            billing = Billing(database_url)
            for round_ in range(rounds(20)):
                ws = f"round-{round_}"
                for origin in origins:
                    with caller(origin, ws=ws) as host:
                        billing.limit(host, conversations=1000, messages=1000)
                answers = asyncio.run(race(origins, units(kind, ws), clients=64, each=20, tag=ws))
                assert answers == {201: 1000, 429: 280}
