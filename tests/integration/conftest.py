"""Fixtures of the tests that need real servers."""

from tests.support.audit_client import audited, auditor
from tests.support.billing_fixtures import billing, billing_url
from tests.support.kafka import broker, kafka, kafka_bootstrap
from tests.support.pipeline import pipeline

__all__ = [
    "audited",
    "auditor",
    "billing",
    "billing_url",
    "broker",
    "kafka",
    "kafka_bootstrap",
    "pipeline",
]
