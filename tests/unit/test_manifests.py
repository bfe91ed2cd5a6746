"""Each container gets what its process needs, and nothing that it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from deploy.production import NEEDS, Need

DEPLOY = Path(__file__).parents[2] / "deploy"
SECRETS: Mapping[Need, frozenset[str]] = {
    "tokens": frozenset({"BILLING_JWT_SECRET"}),
    "signing": frozenset({"BILLING_SIGNING_KEY"}),
    "mail": frozenset({"BILLING_SMTP_URL"}),
    "gateways": frozenset(
        {
            "BILLING_STRIPE_API_KEY",
            "BILLING_STRIPE_WEBHOOK_SECRET",
            "BILLING_PAYPAL_CLIENT_ID",
            "BILLING_PAYPAL_CLIENT_SECRET",
            "BILLING_PAYPAL_WEBHOOK_ID",
            "BILLING_RAZORPAY_KEY_ID",
            "BILLING_RAZORPAY_KEY_SECRET",
            "BILLING_RAZORPAY_WEBHOOK_SECRET",
        }
    ),
    "public_url": frozenset(),
    "database": frozenset(),
}
SHARED = {"BILLING_DATABASE_URL", "BILLING_KAFKA_PASSWORD"}
ALL = frozenset().union(*SECRETS.values())


def resources() -> Iterator[dict[str, Any]]:
    for path in sorted((DEPLOY / "k8s").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield from document.get("items", [document])


def pods() -> list[tuple[str, dict[str, Any]]]:
    return [
        (found["metadata"]["name"], found["spec"]["template"]["spec"])
        for found in resources()
        if found["kind"] in ("Deployment", "Job")
    ]


def process_of(arguments: list[str]) -> str:
    return "relay" if arguments[0] == "relay" else " ".join(arguments)


def needed(process: str) -> set[str]:
    return set().union(*(SECRETS[need] for need in NEEDS[process]))


PODS = pods()
SERVICES: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
OURS = {
    name: found for name, found in SERVICES.items() if found.get("image") == "workspace-billing"
}


@pytest.mark.parametrize(("name", "pod"), PODS, ids=[name for name, _ in PODS])
class TestKubernetes:
    def test_a_process_has_its_own_secrets_only(self, name: str, pod: dict[str, Any]) -> None:
        for container in pod["containers"]:
            given = {each["name"] for each in container["env"]}
            assert given - SHARED == needed(process_of(container["args"])), name

    def test_it_has_an_account_of_its_own_without_a_token(
        self, name: str, pod: dict[str, Any]
    ) -> None:
        accounts = {r["metadata"]["name"]: r for r in resources() if r["kind"] == "ServiceAccount"}
        assert pod["serviceAccountName"] == name
        assert pod["automountServiceAccountToken"] is False
        assert accounts[name]["automountServiceAccountToken"] is False

    def test_it_is_confined(self, name: str, pod: dict[str, Any]) -> None:
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        for container in pod["containers"]:
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"] is True
            assert confined["allowPrivilegeEscalation"] is False
            assert confined["capabilities"] == {"drop": ["ALL"]}

    def test_policies_speak_of_it(self, name: str, pod: dict[str, Any]) -> None:
        policies = [r for r in resources() if r["kind"] == "NetworkPolicy"]
        closed = [p for p in policies if "ingress" not in p["spec"] and "egress" not in p["spec"]]
        assert [p["spec"]["podSelector"] for p in closed] == [
            {"matchLabels": {"part-of": "billing"}}
        ]


@pytest.mark.parametrize("name", OURS)
class TestCompose:
    def test_a_process_has_its_own_secrets_only(self, name: str) -> None:
        service = OURS[name]
        given = set(service["environment"]) & ALL
        assert given == needed(process_of(service["command"])) - SECRETS["gateways"]

    def test_it_is_confined(self, name: str) -> None:
        service = OURS[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
