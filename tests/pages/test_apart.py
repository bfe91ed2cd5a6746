"""The pages of a process of their own, whose APIs are in others: what every page keeps to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.conftest import EVERYTHING, Visits
from tests.pages.test_every_page import HOSTED, MEMBERS, OPEN, STAFF, hosted
from tests.support.apart import separate_system
from tests.support.chromium import Person
from tests.support.kafka import kafka_bootstrap
from tests.support.page_checks import (
    on_a_phone,
    sits_down,
    violations,
    width_of,
    without_scripts,
)
from tests.support.tokens import SECRET
from workspace_billing import Billing

pytestmark = [
    *(pytest.mark.browser, pytest.mark.kafka, pytest.mark.apart),
    pytest.mark.timeout(300),
]
__all__ = ["kafka_bootstrap"]
WS = "every-page"


@pytest.fixture(scope="module")
def url(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("apart")
    with separate_system(directory, bootstrap=kafka_bootstrap, BILLING_JWT_SECRET=SECRET) as system:
        yield system.url


@pytest.fixture(scope="module")
def billing(url: str) -> Iterator[Billing]:
    with Billing(url, auth=EVERYTHING) as client:
        yield client


@pytest.fixture(scope="module")
def somebody(url: str, person: Person) -> Iterator[Person]:
    """Who may see everything, of a workspace that chose a plan on its page."""
    visits = Visits(url)
    sits_down(person, url, visits.member(WS, "owner"), visits.staff("super_admin"))
    with without_scripts(person):
        person.opens(f"{url}/app/billing")
        person.presses("Choose Pro, monthly")
        person.presses("Go to payment")
        person.is_at("/sandbox/checkout/")
        person.presses("Approve")
        person.sees("Your plan is up to date")
    yield person
    person.driver.delete_all_cookies()


def test_every_page_is_accessible_and_fits_a_phone(
    somebody: Person, url: str, billing: Billing
) -> None:
    named = hosted(billing, url)
    pages = [f"{url}{page}" for page in (*OPEN, *MEMBERS, *STAFF) if "every-setup" not in page]
    wrong: list[str] = []
    for page in (*pages, *(each.format(**named) for each in HOSTED if "{" in each)):
        with on_a_phone(somebody, 360):
            somebody.opens(page)
            wrong += [f"{page}: {each}" for each in violations(somebody)]
            if width_of(somebody) > 360:
                wrong.append(f"{page}: {width_of(somebody)} wide")
    assert wrong == []


def test_a_plan_is_cancelled_and_resumed_without_scripts(somebody: Person, url: str) -> None:
    with without_scripts(somebody):
        somebody.opens(f"{url}/app/billing")
        somebody.presses("Cancel plan")
        somebody.sees("Until then everything stays")
        somebody.presses("Cancel plan")
        somebody.sees("Your plan is cancelled")
        somebody.presses("Resume")
        somebody.sees("Your plan goes on")
