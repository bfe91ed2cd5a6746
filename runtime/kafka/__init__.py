"""Kafka: topics, the feed that reads them, the writers that fill them."""

import logging

from runtime.kafka.cluster import Kafka, KafkaUnavailable, TopicsWrong, partition_of
from runtime.kafka.reader import KafkaFeed
from runtime.kafka.writer import DeadLetters, TopicWriter

__all__ = [
    "DeadLetters",
    "Kafka",
    "KafkaFeed",
    "KafkaUnavailable",
    "TopicWriter",
    "TopicsWrong",
    "partition_of",
]

# The client logs every attempt to reconnect as an error; who uses it says once what fails.
logging.getLogger("kafka").setLevel(logging.CRITICAL)
