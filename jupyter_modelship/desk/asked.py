"""What front ends ask for, as JSON that is checked before anything is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from jupyter_modelship.errors import UsageError
from jupyter_modelship.runs.run import canonical


class BadRequest(UsageError):
    """A body that is not what the route takes."""

    code = "bad-request"


def _member(check: Callable[[object], bool], says: str, **default: Any) -> Any:
    return field(metadata={"check": check, "says": says}, **default)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _object(value: object) -> bool:
    return isinstance(value, dict)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Look:
    path: str = _member(_text, "a string")
    options: Mapping[str, object] = _member(_object, "an object", default_factory=_nothing)
    notebook: Mapping[str, object] | None = _member(_object, "an object", default=None)


@dataclass(frozen=True, slots=True)
class Review:
    path: str = _member(_text, "a string")
    digest: str = _member(_text, "a string")
    options: Mapping[str, object] = _member(_object, "an object", default_factory=_nothing)
    lock: bool = _member(_flag, "true or false", default=False)


@dataclass(frozen=True, slots=True)
class Ship:
    id: str = _member(_text, "a string")
    path: str = _member(_text, "a string")
    digest: str = _member(_text, "a string")
    plan_digest: str = _member(_text, "a string")
    options: Mapping[str, object] = _member(_object, "an object", default_factory=_nothing)
    overrides: Mapping[str, str] = _member(_texts, "an object of strings", default_factory=_nothing)
    takes_over: str = _member(_text, "a string", default="")
    """Whose the service is until then, as whoever asks was told."""
    fresh: bool = _member(_flag, "true or false", default=False)
    until: str | None = _member(lambda value: value == "prove", '"prove"', default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", canonical(self.id))


@dataclass(frozen=True, slots=True)
class Intent:
    flags: Sequence[str] = _member(_list_of_texts, "a list of strings")
    notebook: str = _member(_text, "a string", default="")
    """Path on this machine, as the kernel knows it."""


@dataclass(frozen=True, slots=True)
class Rollback:
    revision: int | None = _member(_number, "a whole number", default=None)


@dataclass(frozen=True, slots=True)
class OfService:
    service: str = _member(_text, "a string")
    revision: int | None = _member(_number, "a whole number", default=None)


@dataclass(frozen=True, slots=True)
class Friction:
    code: bool = _member(_flag, "true or false")
    note: str = _member(_text, "a string")


@dataclass(frozen=True, slots=True)
class Report:
    """What a server asks its reader for: who is not to be named, what is not to be shown."""

    run: str = _member(_text, "a string")
    code: bool = _member(_flag, "true or false", default=False)
    note: str = _member(_text, "a string", default="")
    people: Sequence[str] = _member(_list, "a list", default=())
    tokens: Sequence[str] = _member(_list, "a list", default=())


Kind = TypeVar("Kind", Friction, Intent, Look, OfService, Report, Review, Rollback, Ship)


def read(kind: type[Kind], body: bytes) -> Kind:
    """The request in `body`; BadRequest names the member that is wrong."""
    members = _json(body)
    known = {each.name: each for each in fields(kind)}
    if unknown := sorted(set(members) - set(known)):
        raise BadRequest(f"the request has a member that nobody reads: {unknown[0]!r:.60}")
    for name, each in known.items():
        if name not in members:
            if each.default is MISSING and each.default_factory is MISSING:
                raise BadRequest(f"the request has no {name}")
        elif not each.metadata["check"](members[name]):
            raise BadRequest(f"{name} must be {each.metadata['says']}")
    return kind(**members)


def _json(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except RecursionError:
        raise BadRequest("the request is nested too deeply") from None
    except ValueError as error:
        raise BadRequest(f"the request is not JSON: {error}") from None
    if not isinstance(members, dict):
        raise BadRequest("the request is not a JSON object")
    return members
