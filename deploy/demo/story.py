"""The acts of the demo: what a host application, its customers and its admins do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from deploy.demo.expectation import Expectation
from deploy.demo.host import Host, Unexpected, eventually
from deploy.demo.traffic import Traffic, Usage
from kernel.month import Month

BATCH = 1_000
CONNECTIONS = 4
ADDON = "professional-ai-setup"
RETURN = "https://app.example.com/billing"


@dataclass
class Stage:
    """Everything that the acts share. `progress(n)` counts usage events that were answered."""

    host: Host
    workspaces: Sequence[str]
    month: Month
    traffic: Traffic
    progress: Callable[[int], None]
    expected: Expectation = field(default_factory=Expectation)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.admin = self.host.token(roles=["super_admin"])
        self.service = self.host.token(roles=["service"])
        for workspace in self.workspaces:
            self.expected.plans[workspace] = "free"

    def tell(self, line: str) -> None:
        self.told.append(line)

    def key(self, *parts: str) -> str:
        return "-".join((self.workspaces[0], *parts))

    def command(self, method: str, path: str, token: str, body: Any, want: int) -> Any:
        key = self.key(method, path, str(len(self.told)))
        answer = self.host.command(method, path, token, key, body)
        if answer.status_code != want:
            raise Unexpected(
                f"{method} {path}: {answer.status_code}, not {want}: {answer.text[:500]}"
            )
        return answer.json()


def open_the_shop(stage: Stage) -> None:
    stage.command(
        "PATCH", f"/v1/addons/catalog/{ADDON}", stage.admin, {"is_active": True}, want=200
    )
    plans = stage.host.get("/v1/projections/plans").json()["data"]
    stage.tell(f"The pricing page shows {', '.join(plan['slug'] for plan in plans)}.")


def subscribe(stage: Stage) -> None:
    """Eight pay at once; one card is declined; one asks for 3-D Secure."""
    for workspace in stage.workspaces[:8]:
        stage.host.press(_checkout(stage, workspace), "Approve")
        _await_plan(stage, workspace, "pro-monthly", "active")
    declined, secured = stage.workspaces[8], stage.workspaces[9]
    refused = stage.host.press(_checkout(stage, declined), "Decline")
    stage.tell(f"{declined}: the card was declined ({refused.status_code}) and nothing changed.")
    question = stage.host.press(_checkout(stage, secured), "3-D Secure")
    stage.host.press(question.headers["location"], "Confirm payment")
    _await_plan(stage, secured, "pro-monthly", "active")
    stage.tell(f"{secured}: the bank asked, the customer confirmed, the plan is pro-monthly.")
    assigned = stage.workspaces[10]
    stage.command(
        "PUT", f"/v1/billing/workspaces/{assigned}/plan", stage.admin, {"plan": "enterprise"}, 200
    )
    stage.expected.plans[assigned] = "enterprise"
    stage.expected.statuses[assigned] = "active"
    stage.tell("8 workspaces subscribed to pro-monthly, one was given enterprise by an admin.")


def _checkout(stage: Stage, workspace: str) -> str:
    body = {
        "plan": "pro-monthly",
        "gateway": "sandbox",
        "success_url": f"{RETURN}?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": RETURN,
    }
    path = f"/v1/billing/workspaces/{workspace}/checkout"
    answer = stage.command("POST", path, stage.host.member_token(workspace), body, want=201)
    return str(answer["url"])


def _await_plan(stage: Stage, workspace: str, plan: str, status: str) -> None:
    token = stage.host.member_token(workspace, "viewer")
    path = f"/v1/projections/workspaces/{workspace}/subscription"
    eventually(
        lambda: stage.host.get(path, token).json(),
        lambda shown: shown.get("plan") == plan and shown.get("status") == status,
        f"{workspace} on {plan}, {status}",
    )
    stage.expected.plans[workspace] = plan
    stage.expected.statuses[workspace] = status


def send_the_month(stage: Stage) -> None:
    """Batches over several connections at once; the resumed conversations come after."""
    for events in (stage.traffic.first, stage.traffic.resumed):
        batches = [events[at : at + BATCH] for at in range(0, len(events), BATCH)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for done in pool.map(lambda batch: _ingest(stage, batch), batches):
                stage.progress(done)
        stage.expected.use(events)
    stage.tell(f"{len(stage.traffic):,} usage events of {stage.month} were sent and answered.")


def _ingest(stage: Stage, events: Sequence[Usage]) -> int:
    body = {"events": [event.as_json() for event in events]}
    answer = stage.host.send("POST", "/v1/metering/events", stage.service, json=body)
    results = answer.json().get("results", [])
    if answer.status_code != 200 or len(results) != len(events):
        raise Unexpected(f"a batch was answered {answer.status_code}: {answer.text[:300]}")
    if any(result["status"] == "rejected" for result in results):
        raise Unexpected("an event of the month was rejected")
    return len(events)


def reach_a_quota(stage: Stage) -> None:
    """A free workspace starts conversations until it may not; one unit too many is refused."""
    workspace, allowed = stage.workspaces[11], 0
    path = f"/v1/metering/workspaces/{workspace}"
    limit = stage.host.get(f"{path}/entitlements", stage.service).json()["limits"]["conversations"]
    for number in range(limit + 5):
        name = f"today-{number}"
        started = stage.host.command(
            "POST", f"{path}/conversations", stage.service, stage.key(name), {"id": name}
        )
        if started.status_code == 429:
            continue
        allowed += 1
        done = f"{path}/conversations/{name}/first-turn"
        stage.host.command("POST", done, stage.service, stage.key(name, "turn"), {})
    if allowed != limit:
        raise Unexpected(f"{allowed} conversations of {limit} were allowed")
    refused = stage.host.get(f"{path}/can-start-conversation", stage.service)
    if refused.json().get("error", {}).get("code") != "plan_limit_reached":
        raise Unexpected(f"the quota check said {refused.status_code} {refused.text[:200]}")
    decision = refused.headers["x-decision-id"]
    why = stage.host.get(f"/v1/metering/decisions/{decision}", stage.service)
    if why.status_code != 200:
        raise Unexpected(f"the decision could not be explained: {why.text[:200]}")
    stage.expected.months[workspace, "conversation", str(stage.month.next)] += allowed
    stage.tell(
        f"{workspace}: {allowed} of {limit + 5} conversations started, then plan_limit_reached."
    )


def change_one_s_mind(stage: Stage) -> None:
    """Cancel, resume, and move to the yearly plan."""
    workspace = stage.workspaces[0]
    path = f"/v1/billing/workspaces/{workspace}/subscription"
    owner = stage.host.member_token(workspace)
    stage.command("POST", f"{path}/cancel", owner, {}, want=200)
    _await_plan(stage, workspace, "pro-monthly", "grace")
    stage.command("POST", f"{path}/resume", owner, {}, want=200)
    _await_plan(stage, workspace, "pro-monthly", "active")
    stage.command("POST", f"{path}/swap", owner, {"plan": "pro-yearly"}, want=200)
    _await_plan(stage, workspace, "pro-yearly", "active")
    stage.tell(f"{workspace}: cancelled, resumed, and swapped to pro-yearly.")


def buy_an_addon(stage: Stage) -> None:
    """On the saved card; delivered; refused the second time. Then one with 3-D Secure."""
    buyer, secured = stage.workspaces[1], stage.workspaces[9]
    path = f"/v1/addons/workspaces/{buyer}/purchases"
    owner = stage.host.member_token(buyer)
    bought = stage.command("POST", path, owner, {"addon": ADDON}, want=201)
    number = bought["purchase_id"]
    stage.command("POST", f"/v1/addons/purchases/{number}/deliver", stage.admin, {}, want=200)
    again = stage.host.command("POST", path, owner, stage.key("again"), {"addon": ADDON})
    if again.status_code != 409:
        raise Unexpected(f"a second purchase was answered {again.status_code}")
    stage.expected.purchases[buyer] = ["delivered"]
    stage.tell(f"{buyer}: bought {ADDON}, it was delivered, a second one was refused.")
    pending = stage.command(
        "POST",
        f"/v1/addons/workspaces/{secured}/purchases",
        stage.host.member_token(secured),
        {"addon": ADDON},
        want=202,
    )
    stage.host.press(pending["confirmation_url"], "Confirm payment")
    stage.expected.purchases[secured] = ["paid"]
    stage.tell(f"{secured}: bought {ADDON} with 3-D Secure.")


ACTS: Sequence[tuple[str, Callable[[Stage], None]]] = (
    ("Opening the shop", open_the_shop),
    ("Subscribing", subscribe),
    ("A month of usage", send_the_month),
    ("Reaching a quota", reach_a_quota),
    ("Cancel, resume, swap", change_one_s_mind),
    ("Add-ons", buy_an_addon),
)
