"""Fixtures of the tests that need real servers."""

from tests.support.billing_database import billing_url
from tests.support.kafka import broker, kafka, kafka_bootstrap

__all__ = ["billing_url", "broker", "kafka", "kafka_bootstrap"]
