"""Whether enough witnesses have seen the history that a bundle is of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from deploy.audit.against import NoHeads
from deploy.audit.bundle import HEADS, Whole
from deploy.audit.files import BundleFiles, NotABundle, Refused
from projections.audit_trail.cosigning import CosignedHead, Quorum, read_cosigned, views_apart
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.json_lines import JsonLines


def cosigned_heads(paths: Sequence[Path]) -> list[CosignedHead]:
    """Of the files of several witnesses. Raises NoHeads."""
    found: list[CosignedHead] = []
    for path in paths:
        try:
            path.stat()
            found += read_cosigned(JsonLines(path).new())
        except (OSError, ValueError) as error:
            raise NoHeads(f"{path}: {error}") from error
    return found


def problems_of(bundle: Path, found: Sequence[CosignedHead], quorum: Quorum) -> list[str]:
    """Of a bundle that is intact by itself."""
    known = {each.head.text for each in quorum.heads(found)}
    heads = _heads_of(bundle)
    if not heads:
        return ["it carries no heads that witnesses could have co-signed"]
    apart = views_apart([*heads, *(each.signed for each in found)])
    return [
        *(f"witnesses were shown other histories of {service}" for service in apart),
        *(
            f"fewer than {quorum.needed} witnesses have co-signed {each.head.told} of "
            f"{each.head.service}"
            for each in heads
            if each.head.text not in known
        ),
    ]


def _heads_of(bundle: Path) -> list[SignedHead]:
    files = BundleFiles(bundle)
    try:
        with files.open(HEADS) as lines:
            return [Whole.of_line(json.loads(line)).signed for line in lines]
    except (NotABundle, Refused):
        return []
    finally:
        files.close()
