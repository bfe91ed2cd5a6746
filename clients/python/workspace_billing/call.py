"""One call of the API as data: what is asked, and how its answer is read. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import or_
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from workspace_billing.failures import UnexpectedAnswer

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """`waits_for`: the services whose commands the answer has to show. `keyed`: a command that is
    done once for each Idempotency-Key; the others may be repeated as they are. `answered_by`:
    statuses beside 2xx that are answers and no errors. `seconds`: for all attempts together."""

    method: str
    path: str
    read: Callable[[Answer], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    workspace: str = ""
    waits_for: tuple[str, ...] = ()
    keyed: bool = False
    key: str | None = None
    answered_by: frozenset[int] = frozenset()
    seconds: float | None = None
    attempts: int | None = None


def path(template: str, *parts: str) -> str:
    """`{}` by quoted parts, so that an id with a slash stays one segment."""
    return template.format(*(quote(part, safe="") for part in parts))


def sent(**fields: Any) -> dict[str, Any]:
    """Those that were given: None means left out."""
    return {name: value for name, value in fields.items() if value is not None}


def reading(model: type[M]) -> Callable[[Answer], M]:
    """Raises UnexpectedAnswer when it isn't what the API describes."""

    def read(answer: Answer) -> M:
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            raise UnexpectedAnswer(f"{model.__name__}: {error}", answer.status) from error

    return read


@cache
def reading_one_of(*models: type[BaseModel]) -> Callable[[Answer], Any]:
    """For answers of one status that are not all of one kind."""
    union: TypeAdapter[Any] = TypeAdapter(reduce(or_, models))

    def read(answer: Answer) -> Any:
        try:
            return union.validate_json(answer.body)
        except ValidationError as error:
            raise UnexpectedAnswer(str(error), answer.status) from error

    return read


def by_status(readers: Mapping[int, Callable[[Answer], Any]]) -> Callable[[Answer], Any]:
    """For commands whose statuses answer different things."""

    def read(answer: Answer) -> Any:
        if answer.status not in readers:
            raise UnexpectedAnswer("An answer of another kind.", answer.status)
        return readers[answer.status](answer)

    return read
