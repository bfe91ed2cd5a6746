"""Addresses of the pages that the sandbox serves."""

from __future__ import annotations


class PageUrls:
    """Under the public origin."""

    def __init__(self, public_url: str) -> None:
        self._base = f"{public_url.rstrip('/')}/sandbox"

    def checkout(self, ref: str) -> str:
        return f"{self._base}/checkout/{ref}"

    def confirmation(self, ref: str) -> str:
        return f"{self._base}/3ds/{ref}"

    def portal(self, ref: str) -> str:
        return f"{self._base}/portal/{ref}"

    def invoice(self, number: str) -> str:
        return f"{self._base}/invoice/{number}"
