"""The data directory of each released version, started, asked, proven and used by this one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.system import RunningSystem, started
from tests.upgrades.answers import Question, missing, until
from tests.upgrades.customer import Customer
from tests.upgrades.fixture import VERSIONS, Fixture


@pytest.fixture(scope="module", params=VERSIONS)
def fixture(request: pytest.FixtureRequest) -> Fixture:
    return Fixture(request.param)


@pytest.fixture(scope="module")
def upgraded(fixture: Fixture, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    system = RunningSystem(tmp_path_factory.mktemp("upgraded"))
    fixture.lay_out(system.directory / "data")
    with started(system) as running:
        yield running


class TestUpgrade:
    @pytest.mark.slow
    def test_everything_is_answered_as_before(
        self, fixture: Fixture, upgraded: RunningSystem
    ) -> None:
        host, instant = upgraded.host(), fixture.expected["recorded_at"]
        differences = [
            f"{recorded['path']}{difference}"
            for recorded in fixture.expected["answers"]
            for answer in [Question(recorded["path"], recorded["query"]).ask(host)]
            for difference in missing(recorded["body"], until(instant, answer))
        ]
        assert not differences, "\n".join(differences[:20])

    @pytest.mark.slow
    def test_history_is_intact_and_read_models_follow_from_it_also_when_built_again(
        self, upgraded: RunningSystem
    ) -> None:
        for command in (("verify", "--full"), ("rebuild", "all"), ("verify", "--full")):
            done = upgraded.cli(*command, check=False)
            assert done.returncode == 0, done.stdout + done.stderr

    def test_it_goes_on_working(self, upgraded: RunningSystem) -> None:
        host = upgraded.host()
        old, new = Customer(host, "acme-paid"), Customer(host, "acme-after-the-upgrade")
        new.subscribe("team-monthly")
        for customer in (old, new):
            customer.buy()
        new.send_message("first")
        new.start_conversation("first")
        new.complete_first_turn("first")
        Customer(host, "acme-cancelled").account("POST", "/subscription/resume")
        report = json.loads(upgraded.cli("verify", "--full", "--json").stdout)
        assert report["intact"]
