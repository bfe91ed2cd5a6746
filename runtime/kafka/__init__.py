"""Kafka: topics, the feed that reads them, the writers that fill them."""

from runtime.kafka.cluster import Kafka, KafkaUnavailable, TopicsWrong, partition_of
from runtime.kafka.feed import KafkaFeed
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
