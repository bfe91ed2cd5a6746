"""Alerts and the dashboard ask for metrics that there are, and each alert has its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client import REGISTRY

import deploy.healing
import deploy.process

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs/operations/runbooks"
ALERTS = yaml.safe_load((ROOT / "deploy/monitoring/alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text())["panels"]
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]
WORDS = {"max", "sum", "by", "rate", "increase", "histogram_quantile", "or", "count", "time"}
BUILT = (deploy.healing, deploy.process)


def known() -> set[str]:
    names = {
        name for metric in REGISTRY.collect() for name in (metric.name, f"{metric.name}_total")
    }
    return names | {f"{name}_bucket" for name in names} | {f"{name}_info" for name in names}


def asked(expression: str) -> set[str]:
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", " ", expression)
    return set(re.findall(r"[a-z_]{4,}", bare)) - WORDS


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_asks_for_metrics_that_there_are(expression: str) -> None:
    assert asked(expression) <= known()


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_every_alert_has_its_page_and_says_how_bad_it_is(rule: dict[str, object]) -> None:
    annotations, labels = rule["annotations"], rule["labels"]
    assert isinstance(annotations, dict)
    assert isinstance(labels, dict)
    page = (ROOT / annotations["runbook"]).read_text()
    assert all(f"**{part}.**" in page for part in ("Symptom", "Meaning", "First look", "Cure"))
    assert labels["severity"] in ("warning", "critical")


def test_no_page_is_left_of_an_alert_that_is_gone() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {rule["alert"] for rule in ALERTS}
