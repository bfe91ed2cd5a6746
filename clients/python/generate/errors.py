"""`errors.py` from the table of error codes: a class for each code."""

from __future__ import annotations

import re

ROW = re.compile(
    r"^\| `(?P<code>\w+)` \| (?P<status>\d{3}) \| (?P<message>[^|]+?) \|$", re.MULTILINE
)
HEAD = '''"""An error class for each code of the API: generated from its table, not to be edited."""

from __future__ import annotations

from workspace_billing.failures import (
    ApiError,
{kinds}
)
'''
LEAF = '''

class {name}({kind}):
    """{message}"""

    code = "{code}"
'''
TAIL = """

__all__ = [
{exported}
]
BY_CODE: dict[str, type[ApiError]] = {{
    error.code: error
    for error in (
{names}
    )
}}
"""
KINDS = {
    401: "Unauthenticated",
    402: "PaymentRequired",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    429: "LimitReached",
}
# Codes that are called what their kind is called.
RENAMED = {
    "conflict": "ConcurrentChange",
    "forbidden": "NotAllowed",
    "not_found": "NothingThere",
    "unauthenticated": "TokenRefused",
}


def errors(table: str) -> str:
    found = rows(table)
    kinds = sorted({kind_name(status) for _, status, _ in found})
    kinds_and_codes = sorted(
        ["ApiError", "BY_CODE", *kinds, *(class_name(code) for code, _, _ in found)]
    )
    return (
        HEAD.format(kinds="\n".join(f"    {kind}," for kind in kinds))
        + "".join(
            LEAF.format(name=class_name(code), kind=kind_name(status), message=message, code=code)
            for code, status, message in found
        )
        + TAIL.format(
            exported="\n".join(f'    "{name}",' for name in kinds_and_codes),
            names="\n".join(f"        {class_name(code)}," for code, _, _ in found),
        )
    )


def rows(table: str) -> list[tuple[str, int, str]]:
    """Code, status and message of each error."""
    return [(row["code"], int(row["status"]), row["message"]) for row in ROW.finditer(table)]


def kind_name(status: int) -> str:
    return KINDS.get(status, "ServerError" if status >= 500 else "BadRequest")


def class_name(code: str) -> str:
    return RENAMED.get(code, "".join(word.title() for word in code.split("_")))
