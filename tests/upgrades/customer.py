"""One workspace as its people, its host application and the platform's admins use it, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from deploy.demo.host import Host, Unexpected, eventually

ADDON = "professional-ai-setup"
BACK = "https://app.example.com/billing"
GOOD = "4242424242424242"


@dataclass
class Customer:
    host: Host
    workspace: str
    _numbers: count[int] = field(default_factory=count)

    @property
    def owner(self) -> str:
        return self.host.member_token(self.workspace)

    def account(self, method: str, path: str, body: Any = None, want: int = 200) -> Any:
        """A command of the workspace's owner to its account."""
        return self._command(method, f"/v1/billing/workspaces/{{ws}}{path}", self.owner, body, want)

    def administer(self, method: str, path: str, body: Any = None, want: int = 200) -> Any:
        """A command of the platform's admin."""
        return self._command(method, path, self.host.token(roles=["super_admin"]), body, want)

    def meter(self, method: str, path: str, body: Any = None, want: int = 200) -> Any:
        """A request of the host application, below `/v1/metering`."""
        token = self.host.token(roles=["service"])
        return self._command(method, f"/v1/metering{path}", token, body, want)

    def _command(self, method: str, path: str, token: str, body: Any, want: int) -> Any:
        number = next(self._numbers)
        where = path.format(ws=self.workspace)
        answer = self.host.command(method, where, token, f"{self.workspace}-{number}", body)
        if answer.status_code != want:
            raise Unexpected(f"{method} {where}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def checkout(self, plan: str = "pro-monthly") -> str:
        """The URL of the hosted page."""
        body = {"plan": plan, "gateway": "sandbox", "success_url": BACK, "cancel_url": BACK}
        return str(self.account("POST", "/checkout", body, 201)["url"])

    def subscribe(self, plan: str = "pro-monthly", card: str = GOOD) -> None:
        self.host.send("POST", self.checkout(plan), data={"card": card})
        self.await_status(plan, "active")

    def await_status(self, plan: str | None, status: str | None) -> Any:
        path = f"/v1/projections/workspaces/{self.workspace}/subscription"
        return eventually(
            lambda: self.host.get(path, self.owner).json(),
            lambda shown: (shown.get("plan"), shown.get("status")) == (plan, status),
            f"{self.workspace} on {plan}, {status}",
        )

    def buy(self, want: int = 201) -> Any:
        path = "/v1/addons/workspaces/{ws}/purchases"
        return self._command("POST", path, self.owner, {"addon": ADDON}, want)

    def decide(self, purchase: Any, decision: str, body: Any = None) -> Any:
        path = f"/v1/addons/purchases/{purchase['purchase_id']}/{decision}"
        return self.administer("POST", path, body)

    def await_purchase(self, status: str) -> Any:
        path = f"/v1/projections/workspaces/{self.workspace}/purchases"
        return eventually(
            lambda: self.host.get(path, self.owner).json()["data"],
            lambda shown: bool(shown) and shown[0]["status"] == status,
            f"the purchase of {self.workspace} {status}",
        )[0]

    def send_message(self, name: str, want: int = 201) -> Any:
        return self.meter("POST", "/workspaces/{ws}/messages", {"id": name}, want)

    def start_conversation(self, name: str, want: int = 201) -> Any:
        return self.meter("POST", "/workspaces/{ws}/conversations", {"id": name}, want)

    def complete_first_turn(self, name: str) -> Any:
        path = f"/workspaces/{{ws}}/conversations/{name}/first-turn"
        return self.meter("POST", path, {})


def bank(host: Host, **orders: Any) -> Any:
    """What the sandbox's bank and network are told to do; answers with what the sandbox holds."""
    answer = host.send("POST", "/sandbox/control", json=orders)
    if answer.status_code != 200:
        raise Unexpected(f"the sandbox: {answer.status_code} {answer.text[:300]}")
    return answer.json()
