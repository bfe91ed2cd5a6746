"""The taxonomy: every refusal has its own stable, documented code."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

import gateways
import kernel
import projections
import runtime
import services
from kernel.errors import DomainError
from runtime.web.errors import STATUS

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
ROW = re.compile(r"^\| `(?P<code>\w+)` \| (?P<status>\d{3}) \|", re.MULTILINE)


def leaves() -> list[type[DomainError]]:
    for package in (kernel, runtime, gateways, services, projections):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    own = [leaf for leaf in DomainError.leaves() if not leaf.__module__.startswith("tests")]
    return sorted(own, key=lambda leaf: leaf.code)


class TestTheTaxonomy:
    def test_every_code_is_used_once(self) -> None:
        counted = Counter(leaf.code for leaf in leaves())
        assert [code for code, count in counted.items() if count > 1] == []

    def test_codes_are_snake_case_and_kinds_have_a_status(self) -> None:
        for leaf in leaves():
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", leaf.code), leaf
            assert leaf.kind in STATUS, leaf
            assert leaf.message, leaf

    def test_every_code_is_documented_with_its_status(self) -> None:
        documented = {row["code"]: int(row["status"]) for row in ROW.finditer(DOCUMENT.read_text())}
        present = {leaf.code: STATUS[leaf.kind] for leaf in leaves()}
        missing = "\n".join(
            f"| `{leaf.code}` | {STATUS[leaf.kind]} | {leaf.message} |"
            for leaf in leaves()
            if leaf.code not in documented
        )
        assert not missing, f"add to docs/errors.md:\n{missing}"
        framework = {
            "internal_error",
            "method_not_allowed",
            "malformed_request",
            "headers_too_large",
        }
        assert {c: s for c, s in documented.items() if c not in framework} == present
