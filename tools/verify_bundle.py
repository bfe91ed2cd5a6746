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
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTENT = {"events.jsonl", "checkpoints.jsonl", "figures.json"}
FORMATS = tuple(f"billing-audit-bundle/{number}" for number in (1, 2, 3))
SERVICES = ("billing", "metering", "addons")
USAGE = {f"metering.{each.title()}Metered.v1": each for each in ("message", "conversation")}
CORRECTED = {name.replace("Metered", "Corrected"): each for name, each in USAGE.items()}
ACCOUNT = {
    f"metering.{each}.v1"
    for each in (
        *("UsageRecorded", "UsageCorrected", "UsageReserved", "ReservationSettled"),
        *("ReservationReleased", "CreditsGranted", "CreditsRevoked", "CreditsExpired"),
    )
}
NUMBERS = ("number", "events", "first_sequence", "last_sequence", "sequence", "size", "index")
HASHES = ("root", "chain", "previous", "signature", "tree_root", "workspaces", "key", "value")
CHECKPOINT = "service number events first_sequence last_sequence root chain previous"
HEAD = "service events sequence chain root workspaces at"
FULL = 1_000
NOTHING = "0" * 64
Json = dict[str, Any]
Pairs = Callable[[list[tuple[str, Any]]], Json]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Altered(Exception):
    """What was found."""


def demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Altered(otherwise)


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def unhex(text: str) -> bytes:
    demand(bytes.fromhex(text).hex() == text, "no lower-case hexadecimal")
    return bytes.fromhex(text)


def unique(pairs: list[tuple[str, object]]) -> Json:
    demand(len(dict(pairs)) == len(pairs), "an object names the same key twice")
    return dict(pairs)


def canonical(pairs: list[tuple[str, Any]]) -> Json:
    """Of checkpoints and heads: numbers and hashes in the one form that they are written in."""
    found = unique(pairs)
    numbers = [found[name] for name in NUMBERS if name in found] + found.get("indices", [])
    demand(all(type(each) is int for each in numbers), "a number is none")
    for each in [found[name] for name in HASHES if name in found] + found.get("proof", []):
        unhex(each)
    return found


def parse(text: bytes, pairs: Pairs = unique) -> Json:
    value: Json = json.loads(text.decode("utf-8"), object_pairs_hook=pairs)
    demand(isinstance(value, dict), "a line is no object")
    return value


def lines(path: Path, pairs: Pairs = unique) -> list[Json]:
    with path.open("rb") as file:
        return [parse(line, pairs) for line in file]


def check_signature(key: str, text: bytes, signature: str, what: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(unhex(key)).verify(unhex(signature), text)
    except InvalidSignature:
        raise Altered(f"the signature of {what} is wrong") from None


def check_manifest(directory: Path, key: str) -> Json:
    regular = all(each.is_file() and not each.is_symlink() for each in directory.iterdir())
    demand(regular, "the directory holds more than regular files")
    text = (directory / "manifest.json").read_bytes()
    signature = (directory / "manifest.sig").read_bytes().decode("ascii")
    demand(len(signature) == 129 and signature[128] == "\n", "manifest.sig has another form")
    check_signature(key, text, signature[:128], "the manifest")
    manifest = parse(text)
    demand(manifest["format"] in FORMATS, "an unknown format")
    demand(manifest["public_key"] == key, "another key than the one you trust")
    content = CONTENT | ({"heads.jsonl"} if manifest["format"] == FORMATS[-1] else set())
    found = {each.name for each in directory.iterdir()} - {"manifest.json", "manifest.sig"}
    demand(found == content, f"the directory holds {sorted(found)}")
    files = {name: (directory / name).read_bytes() for name in content}
    facts = {name: {"sha256": sha256(x).hex(), "bytes": len(x)} for name, x in files.items()}
    demand(manifest["files"] == facts, "the files are not those that were signed")
    return manifest


def signed_text(form: str, names: str, facts: Json) -> bytes:
    return "".join([f"{form}\n", *(f"{each}: {facts[each]}\n" for each in names.split())]).encode()


def check_checkpoints(checkpoints: list[Json], manifest: Json, key: str) -> None:
    before = dict.fromkeys(SERVICES, (0, 0, NOTHING, FULL))
    for each in checkpoints:
        service = each["service"]
        number, last, previous, full = before[service]
        text = signed_text("billing-audit-checkpoint/1", CHECKPOINT, each)
        what = f"checkpoint {each['number']} of {service}"
        check_signature(key_of(each, manifest, key), text, each["signature"], what)
        demand(each["number"] == number + 1, f"one before {what} is missing")
        demand(each["previous"] == previous, f"{what} does not follow the one before")
        ordered = last < each["first_sequence"] <= each["last_sequence"]
        demand(ordered, f"{what} overlaps the one before, or ends before it begins")
        demand(full == FULL, f"{what} follows one of too few events")
        demand(1 <= each["events"] <= FULL, f"{what} stands for an impossible number of events")
        before[service] = (number + 1, each["last_sequence"], sha256(text).hex(), each["events"])


def key_of(checkpoint: Json, manifest: Json, key: str) -> str:
    if "key_id" not in checkpoint:
        return key
    named: str = manifest["keys"][checkpoint["key_id"]]
    demand(sha256(unhex(named)).hex()[:16] == checkpoint["key_id"], "a key has another id")
    return named


def leaf(event: Json) -> bytes:
    names = ["sequence", "stream", "version", "topic", "state"]
    text = "\n".join(str(event[name]) for name in names)
    at = datetime.fromisoformat(event["recorded_at"].replace("Z", "+00:00"))
    demand(f"{at.isoformat()[:-6]}Z" == event["recorded_at"], "a time is not written in UTC")
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    return sha256(b"\0" + sha256(text.encode()) + microseconds.to_bytes(8, "big"))


def root(count: int, start: int, known: dict[int, bytes], proof: list[bytes]) -> bytes:
    if not any(start <= index < start + count for index in known):
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
    versions: dict[str, list[int]] = {}
    for each in events:
        demand(each["published"]["workspace"] == manifest["workspace"], "a foreign workspace")
        versions.setdefault(each["stream"], []).append(each["version"])
    for stream, found in versions.items():
        demand(sorted(found) == list(range(1, len(found) + 1)), f"events of {stream} are missing")
    for checkpoint in checkpoints:
        check_proof(checkpoint, ordered[checkpoint["service"]])
    for name, rest in ordered.items():
        demand(not rest, f"no checkpoint covers the last events of {name}")


def check_proof(checkpoint: Json, waiting: list[Json]) -> None:
    """Takes the events that the checkpoint covers from those that wait."""
    indices = checkpoint["indices"]
    own = [waiting.pop(0) for _ in indices if waiting]
    what = f"checkpoint {checkpoint['number']} of {checkpoint['service']}"
    sequences = [event["sequence"] for event in own]
    first, last = checkpoint["first_sequence"], checkpoint["last_sequence"]
    inside = len(own) == len(indices) and all(first <= each <= last for each in sequences)
    demand(inside and sorted({*indices}) == indices, f"{what} covers other events")
    demand(sorted({*sequences}) == sequences, f"the events of {what} are out of order")
    if not own:
        return
    proof = [*map(unhex, checkpoint["proof"])]
    known = dict(zip(indices, map(leaf, own), strict=True))
    demand(max(known) < checkpoint["events"], f"{what} has no such places")
    made = root(checkpoint["events"], 0, known, proof).hex()
    demand(made == checkpoint["root"] and not proof, f"{what} was signed over other events")


def check_whole(heads: list[Json], events: list[Json], manifest: Json) -> None:
    """Nothing of the workspace was left out, up to these heads."""
    services = [head["service"] for head in heads]
    demand(len(set(services)) == len(services), "two heads of one service")
    demand({each["service"] for each in events} <= set(services), "a head is missing")
    for head in heads:
        text = signed_text("billing-audit-head/3", HEAD + " reason" * ("reason" in head), head)
        key, what = key_of(head, manifest, ""), f"the head of {head['service']}"
        check_signature(key, text, head["signature"], what)
        demand(head["format"] == "billing-audit-head/3", f"{what} has no map")
        check_map(head, events, manifest["workspace"])


def check_map(head: Json, events: list[Json], workspace: str) -> None:
    what, held, count = f"the map of {head['service']}", bytes(32), 0
    for each in events:
        if each["service"] == head["service"] and each["sequence"] <= head["sequence"]:
            held, count = sha256(held + leaf(each)), count + 1
    size, tree, shown = head["map"]["size"], head["map"]["tree_root"], head["map"]["shown"]
    made = sha256(b"\2" + size.to_bytes(8, "big") + unhex(tree))
    demand(made.hex() == head["workspaces"], f"{what} is not the one that was signed")
    for each in shown:
        made = sha256(b"\0" + unhex(each["key"]) + unhex(each["value"]))
        demand(len(each["key"]) == len(each["value"]) == 64, f"{what} has another form")
        proof = [*map(unhex, each["proof"])]
        demand(0 <= each["index"] < size, f"{what} has no such place")
        demand(placed(each["index"], size, made, proof).hex() == tree, f"{what} is not proven")
        demand(not proof, f"a proof of {what} is too long")
    key = sha256(workspace.encode()).hex()
    if count:
        own = [(key, sha256(f"{count}\n{held.hex()}".encode()).hex())]
        demand(
            [(each["key"], each["value"]) for each in shown] == own,
            f"by {what} the workspace has other events",
        )
        return
    before = [each["index"] for each in shown if each["key"] < key]
    after = [each["index"] for each in shown if each["key"] >= key]
    around = [*(before or [-1]), *(after or [size])]
    demand([each["index"] for each in shown] == before + after, f"{what} is out of order")
    absent = len(around) == 2 and around[0] + 1 == around[1]
    demand(absent and key not in [each["key"] for each in shown], f"by {what} there are events")
    demand(size > 0 or tree == sha256(b"").hex(), f"{what} is of another form")


def placed(index: int, size: int, made: bytes, proof: list[bytes]) -> bytes:
    """The root that the proof leads to; empties `proof`."""
    if size == 1:
        return made
    half, other = 1 << (size - 1).bit_length() - 1, proof.pop()
    if index < half:
        return sha256(b"\1" + placed(index, half, made, proof) + other)
    return sha256(b"\1" + other + placed(index - half, size - half, made, proof))


def figures(events: list[Json], *, whole: bool = True) -> Json:
    subscription = None
    usage: dict[str, dict[str, int]] = {}
    purchases: Json = {}
    meters: Json = {}
    for each in events:
        kind, data = each["published"]["type"], each["published"]["data"]
        metric = USAGE.get(kind) or CORRECTED.get(kind)
        if metric is not None:
            month = usage.setdefault(data["month"], dict.fromkeys(USAGE.values(), 0))
            month[metric] += data["value"] - data["before"] if kind in CORRECTED else 1
        elif kind.startswith("billing.") and "subscription" in data:
            subscription = data["subscription"]
        elif kind.startswith("addons.") and "purchase" in data:
            purchases[data["purchase"]["purchase_id"]] = data["purchase"]
        elif kind in ACCOUNT and whole:
            meter = meters.setdefault(data["meter"], {"used": {}, "credits": 0})
            count(meter, kind.split(".")[1], data)
    bought = [purchases[name] for name in sorted(purchases)]
    found = {"subscription": subscription, "usage": usage, "purchases": bought}
    return {**found, "meters": meters} if meters else found


def count(meter: Json, kind: str, data: Json) -> None:
    """What an event makes of a declared meter's figures."""
    counts = kind in ("UsageRecorded", "ReservationSettled", "UsageCorrected")
    used = data["value"] - data.get("before", 0) if counts else 0
    meter["used"][data["month"]] = meter["used"].get(data["month"], 0) + used
    if kind == "CreditsGranted":
        meter["credits"] += data["amount"] - data["repaid"]
    elif kind.startswith("Credits"):
        meter["credits"] -= data["amount"]
    else:
        taken = "taken" if "taken" in data else "sources"
        meter["credits"] += of_grants(data, "returned") - of_grants(data, taken)


def of_grants(data: Json, name: str) -> int:
    others = ("quota", "overdrawn")
    return sum(part["amount"] for part in data.get(name, []) if part["source"] not in others)


def verify(directory: Path, key: str) -> Json:
    """The figures of an intact bundle; raises Altered."""
    try:
        manifest = check_manifest(directory, key)
        checkpoints = lines(directory / "checkpoints.jsonl", canonical)
        check_checkpoints(checkpoints, manifest, key)
        events = lines(directory / "events.jsonl")
        check_events(events, checkpoints, manifest)
        if manifest["format"] == FORMATS[-1]:
            check_whole(lines(directory / "heads.jsonl", canonical), events, manifest)
        found = figures(events, whole=manifest["format"] == FORMATS[-1])
        demand(found == parse((directory / "figures.json").read_bytes()), "other figures")
    except Altered:
        raise
    except Exception as error:
        # Whatever a damaged file makes go wrong.
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
