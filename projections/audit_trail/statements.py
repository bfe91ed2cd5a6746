"""The SQL of this read model."""

from __future__ import annotations

from pathlib import Path

from runtime.postgres.named_sql import load_queries

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")
ACCOUNTS_SQL = load_queries(FOLDER / "accounts.sql")
TREE_SQL = load_queries(FOLDER / "tree_queries.sql")
