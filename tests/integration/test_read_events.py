"""The consumer in the guide to reading events, as it stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import cloudevents
from contracts.samples import FOLDER, as_message
from runtime.kafka import Kafka, TopicWriter

pytestmark = pytest.mark.kafka

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "read-events.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def message(name: str, sequence: int) -> cloudevents.Message:
    """The golden sample of that event, at another place of its log."""
    stored = as_message(json.loads((FOLDER / f"billing.{name}.v1.json").read_text()))
    event = cloudevents.decode(stored.key, stored.value, stored.headers)
    return cloudevents.encode(event.model_copy(update={"sequence": sequence}))


def script(kafka: Kafka) -> str:
    block: str
    [block] = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    names = {
        '"billing.events.v1"': f'"{kafka.topic("billing")}"',
        '"127.0.0.1:9092"': f'"{kafka.bootstrap}"',
        '"mailing"': f'"{kafka.group("mailing")}"',
    }
    for said, meant in names.items():
        assert said in block
        block = block.replace(said, meant)
    return block


@pytest.fixture
def lines(kafka: Kafka) -> Iterator[Iterator[str]]:
    """What the guide's consumer prints."""
    kafka.create_topics(["billing"])
    with subprocess.Popen(
        [sys.executable, "-u", "-c", script(kafka)], stdout=subprocess.PIPE, text=True
    ) as consumer:
        assert consumer.stdout is not None
        yield iter(consumer.stdout)
        consumer.kill()


class TestTheGuidesConsumer:
    def test_it_tells_each_event_once_whatever_is_sent_again(
        self, kafka: Kafka, lines: Iterator[str]
    ) -> None:
        writer = TopicWriter(kafka, "billing")
        writer.open()
        subscribed, failed = message("PlanSubscribed", 17), message("PaymentFailed", 18)
        watermark = cloudevents.watermark("billing", 18)
        writer.write([subscribed], None)
        writer.write([subscribed, failed], watermark)
        writer.close()
        assert next(lines) == "acme is on pro-monthly since 22 November\n"
        assert next(lines) == "acme: a payment failed, see billing:18\n"
