"""How different people meet a page: in the dark, on a phone, read aloud, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import httpx

from tests.support.chromium import Person

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DARK = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}


@contextmanager
def emulated(
    person: Person, command: str, on: dict[str, Any], off: dict[str, Any]
) -> Iterator[None]:
    person.driver.execute_cdp_cmd(f"Emulation.{command}", on)
    try:
        yield
    finally:
        person.driver.execute_cdp_cmd(f"Emulation.{command}", off)


def by_night(person: Person) -> Any:
    return emulated(person, "setEmulatedMedia", DARK, {"features": []})


def without_scripts(person: Person) -> Any:
    return emulated(person, "setScriptExecutionDisabled", {"value": True}, {"value": False})


@contextmanager
def on_a_phone(person: Person, width: int) -> Iterator[None]:
    phone = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        yield
    finally:
        person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def width_of(person: Person) -> int:
    return int(person.driver.execute_script("return document.documentElement.scrollWidth"))


def violations(person: Person) -> list[str]:
    axe = files("selenium_axe_python") / "axe-core" / "axe.min.js"
    person.driver.execute_script(axe.read_text())
    found = person.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run({runOnly: arguments[0]}).then(done, done)",
        RULES,
    )
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def sits_down(person: Person, url: str, *browsers: httpx.Client) -> None:
    """With the sessions of these, members' and staff's side by side."""
    person.opens(f"{url}/pricing")
    for browser in browsers:
        for name, value in browser.cookies.items():
            path = "/app" if name.endswith("member") else "/"
            person.driver.add_cookie({"name": name, "value": value, "path": path})
