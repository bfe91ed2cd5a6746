"""Which classes inherit from a class of ours that lives in another file, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """`classes` with their bases as written; `imported` names with their dotted origin."""

    classes: dict[str, list[str]]
    imported: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Module:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        imported = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in nodes
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        classes = {
            node.name: [_dotted(base) for base in node.bases]
            for node in nodes
            if isinstance(node, ast.ClassDef)
        }
        return cls(classes, imported)


@dataclass(frozen=True)
class Tree:
    modules: dict[str, Module]

    @classmethod
    def read(cls, root: Path, packages: tuple[str, ...]) -> Tree:
        paths = [path for package in packages for path in (root / package).rglob("*.py")]
        return cls({_module(path.relative_to(root)): Module.read(path) for path in paths})

    def divided(self, packages: tuple[str, ...], kinds: frozenset[str]) -> set[str]:
        """Classes of the packages with a base of ours in another file that is of none of the
        `kinds`: neither it nor what it inherits from has such a name."""
        return {
            f"{name}.{class_name}"
            for name, module in self.modules.items()
            if name.split(".")[0] in packages
            for class_name, bases in module.classes.items()
            for base in (self._origin(name, base) for base in bases)
            if base.rpartition(".")[0] != name and self._is_ours(base)
            if not kinds & set(self._ancestry(base))
        }

    def _is_ours(self, dotted: str) -> bool:
        module, _, name = dotted.rpartition(".")
        return module in self.modules and name in self.modules[module].classes

    def _ancestry(self, dotted: str) -> Iterator[str]:
        """The last parts of the names of a class and of all that it inherits from."""
        module, _, name = dotted.rpartition(".")
        yield name
        if self._is_ours(dotted):
            for base in self.modules[module].classes[name]:
                yield from self._ancestry(self._origin(module, base))

    def _origin(self, module: str, written: str) -> str:
        """The dotted name of where a class is defined, through any re-exports."""
        first, _, rest = written.partition(".")
        known = self.modules[module]
        if first in known.classes:
            return f"{module}.{first}"
        if first not in known.imported:
            return written
        origin = ".".join(part for part in (known.imported[first], rest) if part)
        owner, _, name = origin.rpartition(".")
        return self._origin(owner, name) if owner in self.modules else origin


def _dotted(base: ast.expr) -> str:
    """Without type arguments."""
    return ast.unparse(base.value if isinstance(base, ast.Subscript) else base)


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
