"""A Kafka topic as a witness, whose retention and rights are others' to set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from projections.audit_trail.heads import SignedHead, read_lines
from projections.audit_trail.receipts import Answer, Undelivered
from runtime.kafka import KafkaUnavailable
from runtime.kafka.plain_topic import PlainTopic


@dataclass(frozen=True, slots=True)
class HeadTopic:
    name: str
    topic: PlainTopic

    def deliver(self, signed: SignedHead) -> Answer:
        try:
            offset = self.topic.add(signed.head.service, json.dumps(signed.facts()).encode())
        except KafkaUnavailable as error:
            raise Undelivered(str(error)) from error
        return {"offset": offset}

    def kept(self) -> Iterable[SignedHead]:
        try:
            return list(read_lines(self.topic.all()))
        except KafkaUnavailable as error:
            raise Undelivered(str(error)) from error
