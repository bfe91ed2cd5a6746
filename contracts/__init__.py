"""The published language. Depends on pydantic alone; consumers may copy this package as it is."""

from contracts import addons, billing, metering
from contracts.reading import consumer

__all__ = ["addons", "billing", "consumer", "metering"]
