"""Fixtures of the tests that need real servers."""

from tests.support.billing_fixtures import billing_url, house
from tests.support.kafka import broker, kafka, kafka_bootstrap
from tests.support.pipeline import pipeline

__all__ = ["billing_url", "broker", "house", "kafka", "kafka_bootstrap", "pipeline"]
