"""Fixtures of the tests that need real servers."""

from tests.support.kafka import broker, kafka, kafka_bootstrap

__all__ = ["broker", "kafka", "kafka_bootstrap"]
