"""The same system as separate processes on PostgreSQL and Kafka, behind one origin."""

from __future__ import annotations

import secrets
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from runtime.process.ports import free_port
from tests.support.system import RunningSystem, started

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "billing": ["serve", "billing"],
    "metering": ["serve", "metering"],
    "addons": ["serve", "addons"],
    "notifications": ["serve", "notifications"],
    "projections": ["serve", "projections"],
    "pages": ["serve", "pages"],
    "relay billing": ["relay", "billing"],
    "relay metering": ["relay", "metering"],
    "relay addons": ["relay", "addons"],
    "project": ["project"],
}
PREFIXES = {
    "/v1/billing/": "billing",
    "/v1/pages/": "billing",
    "/webhooks/": "billing",
    "/sandbox/": "billing",
    "/v1/metering/": "metering",
    "/v1/addons/": "addons",
    "/v1/webhook-endpoints": "notifications",
    "/v1/notifications/": "notifications",
    "/v1/projections/": "projections",
    "/v1/audit/": "projections",
    **dict.fromkeys(("/pricing", "/session", "/assets/", "/app/", "/admin", "/audit"), "pages"),
    "/": "projections",
}


@dataclass
class SeparateSystem(RunningSystem):
    """`port` is the origin in front, of the process `proxy`. `prefix` keeps the topics apart from
    those of others on the same broker."""

    bootstrap: str = ""
    prefix: str = field(default_factory=lambda: f"{secrets.token_hex(4)}.")
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        own = {
            "BILLING_PUBLIC_URL": self.url,
            "BILLING_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "BILLING_KAFKA_PREFIX": self.prefix,
            "PYTHONPATH": str(ROOT),
        }
        return {**super().variables, **own}

    def origin_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self) -> None:
        """Deploys the first time; later only starts what runs, as a supervisor does."""
        if not self.directory.joinpath("log").exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            self.cli("migrate")
            self.cli("seed")
        for name in COMMANDS:
            self.start_one(name)
        origins = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        mapped = [f"{prefix}={origins[name]}" for prefix, name in PREFIXES.items()]
        proxy = [sys.executable, "-m", "tests.support.proxy", str(self.port)]
        self.spawn("proxy", [*proxy, *mapped, *origins.values()])
        self.await_ready()

    def start_one(self, name: str) -> None:
        """Starts a process, again on the port it had before."""
        port = self.ports.setdefault(name, free_port())
        self.begin(name, *COMMANDS[name], BILLING_PORT=str(port))


def separate_system(
    directory: Path, *, bootstrap: str, **environment: str
) -> AbstractContextManager[RunningSystem]:
    return started(SeparateSystem(directory, environment=environment, bootstrap=bootstrap))
