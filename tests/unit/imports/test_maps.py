"""Whose is what: a map of people, and what Cashier's tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.imports.business_map import NotAMap, read_map
from deploy.imports.cashier import read_cashier

MYSQL = """\
CREATE TABLE `users` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL,
  `uuid` char(36) NOT NULL,
  `stripe_id` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `users` VALUES (1,'O\\'Hara; (Ltd.), x','acme','cus_1'),(2,'Nobody','globex',NULL);
INSERT INTO `users` VALUES (3,'It''s','initech','cus_3');
CREATE TABLE `subscriptions` (
  `id` bigint unsigned NOT NULL,
  `user_id` bigint unsigned NOT NULL,
  `type` varchar(255) NOT NULL,
  `stripe_id` varchar(255) NOT NULL,
  `stripe_status` varchar(255) NOT NULL,
  PRIMARY KEY (`id`)
);
INSERT INTO `subscriptions` VALUES (7,1,'default','sub_7','active'),(8,3,'b','sub_8','active');
"""
POSTGRES = """\
COPY public.users (id, name, stripe_id) FROM stdin;
1\tO'Hara\\tLtd.\tcus_1
2\tNobody\t\\N
\\.
COPY public.subscriptions (id, user_id, stripe_id) FROM stdin;
7\t1\tsub_7
\\.
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_bytes(text.encode(errors="surrogateescape"))
    return path


class TestMap:
    def test_each_row_says_one_thing(self, tmp_path: Path) -> None:
        rows = ("cus_1,,,acme,", ",sub_2,,globex,", ",,p_1,,pro")
        text = "\n".join(("customer,subscription,price,workspace,plan", *rows))
        read = read_map(written(tmp_path, text))
        assert read.customers == {"cus_1": "acme"}
        assert read.subscriptions == {"sub_2": "globex"}
        assert read.prices == {"p_1": "pro"}

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("customer,workspac\ncus_1,acme\n", "workspac is no column"),
            ("customer,subscription,workspace\ncus_1,sub_1,acme\n", ":2: names not one of"),
            ("customer,workspace\ncus_1,\n", ":2: a customer needs a workspace"),
            ("customer,workspace\nc,acme\nc,globex\n", ":3: c has another workspace above"),
            ("customer,workspace\nc,acme,globex\n", ":2: has more cells than there are names"),
            ("customer,workspace\n\udcff,acme\n", "no CSV in UTF-8"),
        ],
    )
    def test_what_is_no_map_is_told_by_line(self, tmp_path: Path, text: str, told: str) -> None:
        with pytest.raises(NotAMap, match=told):
            read_map(written(tmp_path, text))


class TestCashier:
    def test_a_dump_of_mysql(self, tmp_path: Path) -> None:
        read = read_cashier(written(tmp_path, MYSQL), column="uuid")
        assert read.customers == {"cus_1": "acme", "cus_3": "initech"}
        assert read.subscriptions == {"sub_7": "acme", "sub_8": "initech"}

    def test_a_dump_of_postgresql(self, tmp_path: Path) -> None:
        read = read_cashier(written(tmp_path, POSTGRES))
        assert (read.customers, read.subscriptions) == ({"cus_1": "1"}, {"sub_7": "1"})

    def test_a_dump_of_something_else(self, tmp_path: Path) -> None:
        with pytest.raises(NotAMap, match="no row of teams"):
            read_cashier(written(tmp_path, MYSQL), payers="teams")
