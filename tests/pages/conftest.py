"""One system and one browser for all tests of the pages; each test has workspaces of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from kernel.clock import utc_clock
from runtime.web.tokens import Mint
from tests.support.chromium import Person, chromium
from tests.support.openid_provider import Provider, openid_provider
from tests.support.openid_records import CLIENT
from tests.support.openid_records import SECRET as CLIENT_SECRET
from tests.support.postgres import fresh_database
from tests.support.tokens import SECRET
from tests.support.whole_app import served_app
from workspace_billing import Billing, ServiceTokens

EVERYTHING = ServiceTokens(SECRET, roles=["service", "super_admin"], member="owner")
RETURN = "https://app.example.com/settings"


GROUPS = "billing-admins=super_admin,helpdesk=support,examiners=auditor"


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with openid_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def url(
    postgres_url: str, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    sign_in = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_roles": GROUPS,
    }
    with (
        fresh_database(postgres_url) as database,
        served_app(database, tmp_path_factory.mktemp("pages"), **sign_in) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def billing(url: str) -> Iterator[Billing]:
    with Billing(url, auth=EVERYTHING) as client:
        yield client


@pytest.fixture
def workspace() -> str:
    return f"ws-{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield Person(driver)


@dataclass
class Visits:
    """Pages over HTTP, without a browser. `token` is what the cookie holds."""

    url: str

    def member(self, workspace: str, role: str, user: str = "ann") -> httpx.Client:
        return self._client("member", workspaces={workspace: role}, user=user)

    def staff(self, role: str, user: str = "sam", **claims: object) -> httpx.Client:
        return self._client("staff", roles=[role], user=user, **claims)

    def _client(self, who: str, user: str, **claims: object) -> httpx.Client:
        now = utc_clock()
        proved = {"auth_time": int(now.timestamp())}
        token = Mint(SECRET)(user, now + timedelta(minutes=30), **{**proved, **claims})
        cookies = {f"billing_{who}": token}
        return httpx.Client(base_url=self.url, cookies=cookies, trust_env=False, timeout=30)


@pytest.fixture(scope="session")
def visits(url: str) -> Visits:
    return Visits(url)


@pytest.fixture
def enter(billing: Billing, person: Person) -> Callable[..., None]:
    """By the host's link, as one of a workspace's people."""

    def enter(workspace: str, role: str = "owner", page: str = "billing") -> None:
        link = billing.api.open_page_session(
            workspace=workspace,
            user="ann",
            role=role,  # type: ignore[arg-type]
            return_url=RETURN,
            page=page,  # type: ignore[arg-type]
        )
        person.opens(link.url)

    return enter


def code_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["code"][0]
