"""CloudEvents 1.0: the context attributes of every published event, and its data."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

# What a frozen model lets nobody set by name.
_slots = BaseModel.__dict__
_set_dict = _slots["__dict__"].__set__
_set_fields_set = _slots["__pydantic_fields_set__"].__set__
_set_extra = _slots["__pydantic_extra__"].__set__
_set_private = _slots["__pydantic_private__"].__set__


class Fact(BaseModel):
    """A model that can be made of fields that are right already."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def trusted(cls, fields: dict[str, Any]) -> Self:
        """All fields, of their final types. Several times as quick as `model_construct`, which
        also looks for defaults and aliases."""
        made = cls.__new__(cls)
        _set_dict(made, fields)
        _set_fields_set(made, set(fields))
        _set_extra(made, None)
        _set_private(made, None)
        return made


def later(default: Any) -> Any:
    """A field that came after its type was published. It is left out while it has its default, so
    that what is published of an earlier event stays what was recorded and sent of it."""
    return Field(default, exclude_if=lambda value: value == default)


class EventData(Fact):
    """Base of all event bodies. `TYPE` is `<service>.<Name>.v<version>` and never reused.

    Consumers ignore fields they don't know: a new optional field is no new version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "TYPE" in cls.__dict__:
            if cls.TYPE in REGISTRY:
                raise TypeError(f"{cls.TYPE} is published twice")
            REGISTRY[cls.TYPE] = cls


REGISTRY: dict[str, type[EventData]] = {}


class Envelope(Fact):
    """`sequence` is the position in its service's log: it only grows within (service, key).

    `id` is `<service>:<sequence>`. `key` orders: workspace id, or the slug for catalogue events.
    `subject` is the workspace id, empty for catalogue events. `time` is when it happened,
    `recorded_at` when it was stored. `digest` is the hex SHA-256 of the stored event, see
    the audit chain. `traceparent` is the W3C trace context of the request behind it, empty where
    it was not traced.
    """

    model_config = ConfigDict(frozen=True)

    service: str
    sequence: int
    type: str
    key: str
    subject: str
    time: datetime
    recorded_at: datetime
    stream: str
    version: int
    actor: str
    correlation_id: str
    causation_id: str
    digest: str
    data: SerializeAsAny[EventData]
    traceparent: str = ""

    @property
    def id(self) -> str:
        return f"{self.service}:{self.sequence}"

    @property
    def source(self) -> str:
        return f"/{self.service}"
