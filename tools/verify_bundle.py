#!/usr/bin/env python3
"""Verifies an exported audit bundle, from docs/audit/format.md alone.

It shares no line with the system that exported the bundle: Python's standard library, and
`cryptography` for Ed25519. Exits 0 for an intact bundle, 1 for one that is not, 2 for wrong use.

    python verify_bundle.py DIRECTORY PUBLIC_KEY_HEX
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTENT = {"events.jsonl", "checkpoints.jsonl", "figures.json"}
SIGNED = {"manifest.json", "manifest.sig"}
WHOLE = "billing-audit-bundle/3"
FORMATS = ("billing-audit-bundle/1", "billing-audit-bundle/2", WHOLE)
SERVICES = ("billing", "metering", "addons")
USAGE = {
    "metering.MessageMetered.v1": "message",
    "metering.ConversationMetered.v1": "conversation",
}
FULL = 1_000
NOTHING = "0" * 64
Json = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Altered(Exception):
    """What was found."""


def demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Altered(otherwise)


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def unique(pairs: list[tuple[str, object]]) -> Json:
    demand(len(dict(pairs)) == len(pairs), "an object names the same key twice")
    return dict(pairs)


def parse(text: bytes) -> Json:
    value: Json = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    demand(isinstance(value, dict), "a line is no object")
    return value


def lines(path: Path) -> list[Json]:
    with path.open("rb") as file:
        return [parse(line) for line in file]


def check_signature(key: str, text: bytes, signature: str, what: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature), text
        )
    except InvalidSignature:
        raise Altered(f"the signature of {what} is wrong") from None


def check_manifest(directory: Path, key: str) -> Json:
    demand(
        all(each.is_file() and not each.is_symlink() for each in directory.iterdir()),
        "the directory holds more than regular files",
    )
    text = (directory / "manifest.json").read_bytes()
    signature = (directory / "manifest.sig").read_bytes().decode("ascii")
    demand(len(signature) == 129 and signature[128] == "\n", "manifest.sig has another form")
    demand(signature.lower() == signature, "manifest.sig has another form")
    check_signature(key, text, signature.strip(), "the manifest")
    manifest = parse(text)
    demand(manifest["format"] in FORMATS, "an unknown format")
    demand(manifest["public_key"] == key, "another key than the one you trust")
    content = CONTENT | ({"heads.jsonl"} if manifest["format"] == WHOLE else set())
    found = {each.name for each in directory.iterdir()}
    demand(found == content | SIGNED, f"the directory holds {sorted(found)}")
    demand(set(manifest["files"]) == content, "the manifest names other files")
    for name in content:
        file = (directory / name).read_bytes()
        facts = {"sha256": hashlib.sha256(file).hexdigest(), "bytes": len(file)}
        demand(manifest["files"][name] == facts, f"{name} is not what was signed")
    return manifest


def checkpoint_text(checkpoint: Json) -> bytes:
    names = ("service", "number", "events", "first_sequence", "last_sequence", "root", "chain")
    return signed_text("billing-audit-checkpoint/1", (*names, "previous"), checkpoint)


def signed_text(form: str, names: tuple[str, ...], facts: Json) -> bytes:
    return "".join([f"{form}\n", *(f"{name}: {facts[name]}\n" for name in names)]).encode()


def check_checkpoints(checkpoints: list[Json], manifest: Json, key: str) -> None:
    previous = dict.fromkeys(SERVICES, NOTHING)
    last = dict.fromkeys(SERVICES, 0)
    numbers = dict.fromkeys(SERVICES, 0)
    open_ended = set()
    for each in checkpoints:
        service, text = each["service"], checkpoint_text(each)
        what = f"checkpoint {each['number']} of {service}"
        check_signature(key_of(each, manifest, key), text, each["signature"], what)
        numbers[service] += 1
        demand(each["number"] == numbers[service], f"one before {what} is missing")
        demand(each["previous"] == previous[service], f"{what} does not follow the one before")
        demand(each["first_sequence"] > last[service], f"{what} overlaps the one before")
        demand(each["first_sequence"] <= each["last_sequence"], f"{what} ends before it begins")
        demand(service not in open_ended, f"{what} follows one of too few events")
        demand(1 <= each["events"] <= FULL, f"{what} stands for an impossible number of events")
        if each["events"] != FULL:
            open_ended.add(service)
        previous[service], last[service] = sha256(text).hex(), each["last_sequence"]


def key_of(checkpoint: Json, manifest: Json, key: str) -> str:
    name = checkpoint.get("key_id", "")
    if not name:
        return key
    named = manifest["keys"][name]
    demand(sha256(bytes.fromhex(named)).hex()[:16] == name, "a key has another id")
    return str(named)


def leaf(event: Json) -> bytes:
    text = "\n".join(
        str(event[name]) for name in ("sequence", "stream", "version", "topic", "state")
    )
    at = datetime.fromisoformat(event["recorded_at"].replace("Z", "+00:00"))
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    return sha256(b"\0" + sha256(text.encode()) + microseconds.to_bytes(8, "big"))


def root(count: int, start: int, known: dict[int, bytes], proof: list[bytes]) -> bytes:
    if not any(start <= index < start + count for index in known):
        demand(bool(proof), "a proof is too short")
        return proof.pop(0)
    if count == 1:
        return known[start]
    half = 1 << (count - 1).bit_length() - 1
    left = root(half, start, known, proof)
    return sha256(b"\1" + left + root(count - half, start + half, known, proof))


def check_events(events: list[Json], checkpoints: list[Json], manifest: Json) -> None:
    ordered = {name: [each for each in events if each["service"] == name] for name in SERVICES}
    counts = {name: len(found) for name, found in ordered.items()}
    demand(counts == manifest["events"], f"it holds {counts} events")
    demand([e for name in SERVICES for e in ordered[name]] == events, "events are out of order")
    for each in events:
        demand(each["published"]["workspace"] == manifest["workspace"], "a foreign workspace")
    for checkpoint in checkpoints:
        check_proof(checkpoint, ordered[checkpoint["service"]])
    for name, rest in ordered.items():
        demand(not rest, f"no checkpoint covers the last events of {name}")


def check_proof(checkpoint: Json, waiting: list[Json]) -> None:
    """Takes the events that the checkpoint covers from those that wait."""
    indices = checkpoint["indices"]
    own = [waiting.pop(0) for _ in indices if waiting]
    what = f"checkpoint {checkpoint['number']} of {checkpoint['service']}"
    inside = all(
        checkpoint["first_sequence"] <= event["sequence"] <= checkpoint["last_sequence"]
        for event in own
    )
    rising = all(one < other for one, other in pairwise(indices))
    demand(len(own) == len(indices) and inside and rising, f"{what} covers other events")
    in_order = all(one["sequence"] < other["sequence"] for one, other in pairwise(own))
    demand(in_order, f"the events of {what} are out of order")
    if not own:
        return
    proof = [bytes.fromhex(each) for each in checkpoint["proof"]]
    known = dict(zip(indices, map(leaf, own), strict=True))
    demand(max(known) < checkpoint["events"], f"{what} has no such places")
    made = root(checkpoint["events"], 0, known, proof)
    demand(not proof, f"the proof of {what} is too long")
    demand(made.hex() == checkpoint["root"], f"{what} was signed over other events")


def head_text(head: Json) -> bytes:
    names = ("service", "events", "sequence", "chain", "root", "workspaces", "at")
    return signed_text(head["format"], (*names, *(["reason"] if "reason" in head else [])), head)


def check_whole(heads: list[Json], events: list[Json], manifest: Json) -> None:
    """Nothing of the workspace was left out, up to these heads."""
    services = [head["service"] for head in heads]
    demand(len(set(services)) == len(services), "two heads of one service")
    demand({each["service"] for each in events} <= set(services), "a head is missing")
    for head in heads:
        key = key_of(head, manifest, "")
        check_signature(key, head_text(head), head["signature"], f"the head of {head['service']}")
        demand(head["format"] == "billing-audit-head/3", "a head without a map")
        check_map(head, events, manifest["workspace"])


def check_map(head: Json, events: list[Json], workspace: str) -> None:
    what, held, count = f"the map of {head['service']}", bytes(32), 0
    for each in events:
        if each["service"] == head["service"] and each["sequence"] <= head["sequence"]:
            held, count = sha256(held + leaf(each)), count + 1
    size, tree, shown = head["map"]["size"], head["map"]["tree_root"], head["map"]["shown"]
    made = sha256(b"\2" + size.to_bytes(8, "big") + bytes.fromhex(tree))
    demand(made.hex() == head["workspaces"], f"{what} is not the one that was signed")
    for each in shown:
        made = sha256(b"\0" + bytes.fromhex(each["key"]) + bytes.fromhex(each["value"]))
        demand(len(each["key"]) == len(each["value"]) == 64, f"{what} has another form")
        proof = [bytes.fromhex(step) for step in each["proof"]]
        demand(0 <= each["index"] < size, f"{what} has no such place")
        demand(placed(each["index"], size, made, proof).hex() == tree, f"{what} is not proven")
        demand(not proof, f"a proof of {what} is too long")
    key = sha256(workspace.encode()).hex()
    if count:
        value = sha256(f"{count}\n{held.hex()}".encode()).hex()
        found = [(each["key"], each["value"]) for each in shown]
        demand(found == [(key, value)], f"by {what} the workspace has other events")
        return
    before = [each["index"] for each in shown if each["key"] < key]
    after = [each["index"] for each in shown if each["key"] >= key]
    around = [*(before or [-1]), *(after or [size])]
    demand(len(around) == 2 and around[0] + 1 == around[1], f"by {what} there are events")
    demand([each["index"] for each in shown] == before + after, f"{what} is out of order")
    demand(key not in [each["key"] for each in shown], f"by {what} there are events")
    demand(size > 0 or tree == sha256(b"").hex(), f"{what} is of another form")


def placed(index: int, size: int, made: bytes, proof: list[bytes]) -> bytes:
    """The root that the proof leads to; empties `proof`."""
    if size == 1:
        return made
    demand(bool(proof), "a proof is too short")
    half, other = 1 << (size - 1).bit_length() - 1, proof.pop()
    if index < half:
        return sha256(b"\1" + placed(index, half, made, proof) + other)
    return sha256(b"\1" + other + placed(index - half, size - half, made, proof))


def check_streams(events: list[Json]) -> None:
    versions: dict[str, list[int]] = {}
    for each in events:
        versions.setdefault(each["stream"], []).append(each["version"])
    for stream, found in versions.items():
        demand(sorted(found) == list(range(1, len(found) + 1)), f"events of {stream} are missing")


def figures(events: list[Json]) -> Json:
    subscription = None
    usage: dict[str, dict[str, int]] = {}
    purchases: Json = {}
    for each in events:
        kind, data = each["published"]["type"], each["published"]["data"]
        if kind in USAGE:
            month = usage.setdefault(data["month"], dict.fromkeys(USAGE.values(), 0))
            month[USAGE[kind]] += 1
        elif kind.startswith("billing.") and "subscription" in data:
            subscription = data["subscription"]
        elif kind.startswith("addons.") and "purchase" in data:
            purchases[data["purchase"]["purchase_id"]] = data["purchase"]
    return {
        "subscription": subscription,
        "usage": {month: usage[month] for month in sorted(usage)},
        "purchases": [purchases[name] for name in sorted(purchases)],
    }


def verify(directory: Path, key: str) -> Json:
    """The figures of an intact bundle; raises Altered."""
    try:
        manifest = check_manifest(directory, key)
        checkpoints = lines(directory / "checkpoints.jsonl")
        check_checkpoints(checkpoints, manifest, key)
        events = lines(directory / "events.jsonl")
        check_events(events, checkpoints, manifest)
        if manifest["format"] == WHOLE:
            check_whole(lines(directory / "heads.jsonl"), events, manifest)
        check_streams(events)
        found = figures(events)
        demand(found == parse((directory / "figures.json").read_bytes()), "other figures")
    except (ArithmeticError, AttributeError, LookupError) as error:
        raise Altered(f"{type(error).__name__}: {error}") from error
    except (OSError, RecursionError, TypeError, ValueError) as error:
        raise Altered(f"{type(error).__name__}: {error}") from error
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        found = verify(Path(arguments[0]), arguments[1].lower())
    except Altered as altered:
        print(f"ALTERED: {altered}")
        return 1
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
