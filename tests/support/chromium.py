"""Chromium as a person uses it: pages are opened, read, and their buttons pressed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--lang=en",
]
SECONDS = 20.0


@contextmanager
def chromium(profile: Path, *arguments: str) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in (*QUIET, f"--user-data-dir={profile}", *arguments):
        options.add_argument(argument)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as driver:
        driver.implicitly_wait(10)  # a click may return before its page has changed
        yield driver


@dataclass
class Person:
    """Somebody at a browser."""

    driver: webdriver.Chrome

    def opens(self, url: str) -> None:
        self.driver.get(url)

    def presses(self, label: str) -> None:
        """A button or a link by its text or name."""
        named = f"(normalize-space()='{label}' or @aria-label='{label}')"
        xpath = f"//*[(self::button or self::a) and {named}]"
        try:
            self._last(xpath).click()
        except StaleElementReferenceException:  # the page before was still being left
            self._last(xpath).click()

    def _last(self, xpath: str) -> WebElement:
        found = self.driver.find_elements(By.XPATH, xpath)
        assert found, f"no {xpath} on {self.driver.current_url}:\n{self.reads()[:2000]}"
        return found[-1]

    def fills(self, label: str, value: str) -> None:
        field = self.field(label)
        field.clear()
        field.send_keys(value)

    def field(self, label: str) -> WebElement:
        found = self.driver.find_element(By.XPATH, f"//label[normalize-space()='{label}']")
        return self.driver.find_element(By.ID, found.get_attribute("for") or "")

    def reads(self) -> str:
        try:
            return self.driver.find_element(By.TAG_NAME, "body").text
        except StaleElementReferenceException:  # the page before was still being left
            return self.driver.find_element(By.TAG_NAME, "body").text

    def sees(self, text: str) -> None:
        """Waits for it: a page may still be on its way."""
        WebDriverWait(self.driver, SECONDS, ignored_exceptions=[Exception]).until(
            lambda _: text in self.reads(), f"{text!r} is not in:\n{self.reads()[:2000]}"
        )

    def is_at(self, part: str) -> None:
        WebDriverWait(self.driver, SECONDS).until(lambda driver: part in driver.current_url)

    def can_press(self, label: str) -> bool:
        self.driver.implicitly_wait(0)
        named = f"(normalize-space()='{label}' or @aria-label='{label}')"
        found = self.driver.find_elements(By.XPATH, f"//*[(self::button or self::a) and {named}]")
        self.driver.implicitly_wait(10)
        return bool(found)
