"""`python -m generate DOCUMENT` in this folder: writes what is generated of the client anew.

DOCUMENT is the file of the API's OpenAPI document, or its address.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import httpx

from generate.files import generated


def main(place: str) -> None:
    text = httpx.get(place).text if "://" in place else Path(place).read_text()
    for file, source in generated(json.loads(text)).items():
        file.write_text(source)


if __name__ == "__main__":
    main(*sys.argv[1:])
