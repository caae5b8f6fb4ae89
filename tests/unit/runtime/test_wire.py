"""Types become what is decoded, and what is decoded becomes what the function takes."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict, Union

import msgspec
import numpy as np
import pytest

from jupyter_modelship.runtime.wire import Unservable, wire


@dataclass
class Flower:
    width: float
    name: str = "iris"


@dataclass
class Node:
    value: int
    inner: list[Node] = field(default_factory=list)
    other: Optional[Node] = None  # noqa: UP045 - both spellings occur in notebooks


class Partial(TypedDict, total=False):
    count: int
    flower: Flower


class Pair(NamedTuple):
    left: int
    right: float = 2.0


class Colour(enum.Enum):
    RED = "red"


Name = NewType("Name", str)
IDENTITY = uuid.UUID("12345678-1234-5678-1234-567812345678")
NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc)


def decoded(kind: Any, text: str) -> Any:
    found = wire(kind)
    value = msgspec.json.decode(text.encode(), type=found.type)
    return value if found.revive is None else found.revive(value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (int, "1", 1),
        (float, "1", 1.0),
        (bool, "true", True),
        (str, '"é"', "é"),
        (bytes, '"eA=="', b"x"),
        (None, "null", None),
        (datetime.datetime, '"2026-01-01T12:00:00Z"', NOON),
        (decimal.Decimal, '"1.10"', decimal.Decimal("1.10")),
        (uuid.UUID, f'"{IDENTITY}"', IDENTITY),
        (Any, '{"a": [1]}', {"a": [1]}),
        (object, "[]", []),
        (list, '[1, "a"]', [1, "a"]),
        (list[list[float]], "[[1], []]", [[1.0], []]),
        (tuple[int, str], '[1, "a"]', (1, "a")),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (set[int], "[1, 1]", {1}),
        (frozenset[str] | None, '["a"]', frozenset({"a"})),
        (dict[str, list[int]], '{"a": [1]}', {"a": [1]}),
        (dict[int, float], '{"1": 2}', {1: 2.0}),
        (Union[int, str], '"a"', "a"),  # noqa: UP007 - both spellings occur in notebooks
        (Literal["a", 1], "1", 1),
        (Name, '"a"', "a"),
        (Colour, '"red"', Colour.RED),
        (Annotated[int, "a note"], "1", 1),
        (Annotated[int, msgspec.Meta(ge=0)], "1", 1),
        (np.float64, "1", np.float64(1)),
        (Flower, '{"width": 1}', Flower(1.0)),
        (list[Flower], '[{"width": 1, "name": "x"}]', [Flower(1.0, "x")]),
        (dict[str, Flower], '{"a": {"width": 1}}', {"a": Flower(1.0)}),
        (tuple[Flower, int], '[{"width": 1}, 2]', (Flower(1.0), 2)),
        (Flower | None, "null", None),
        (Flower | int, '{"width": 1}', Flower(1.0)),
        (list[Flower] | None, '[{"width": 1}]', [Flower(1.0)]),
        (Partial, "{}", {}),
        (Partial, '{"flower": {"width": 1}}', {"flower": Flower(1.0)}),
        (Pair, '{"left": 1}', Pair(1, 2.0)),
        (Node, '{"value": 1, "inner": [{"value": 2}], "other": {"value": 3}}',
         Node(1, [Node(2)], Node(3))),
    ],
)  # fmt: skip
def test_a_value_arrives_as_its_type(kind: Any, text: str, value: object) -> None:
    found = decoded(kind, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Flower, '{"width": 1, "colour": 2}'),
        (list[Flower], '[{"width": 1, "colour": 2}]'),
        (dict[str, Flower], '{"a": {"width": 1, "colour": 2}}'),
        (Partial, '{"colour": 2}'),
        (Partial, '{"flower": {"width": 1, "colour": 2}}'),
        (Pair, '{"left": 1, "colour": 2}'),
        (Flower | None, '{"width": 1, "colour": 2}'),
        (Node, '{"value": 1, "inner": [{"value": 1, "colour": 2}]}'),
    ],
)
def test_unknown_fields_are_refused_at_every_depth(kind: Any, text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        decoded(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(int, '"1"'), (int, "true"), (int, "1.5"), (str, "1"), (bool, "1"), (float, '"1"')],
)
def test_nothing_is_coerced(kind: Any, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(kind, text)


Few = Annotated[int, msgspec.Meta(ge=-5, le=5)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("[0]", (0,)), ('[{"width": 1}, "a"]', (Flower(1), "a"))],
)
def test_a_tuple_beside_a_bounded_number_is_a_tuple(text: str, value: object) -> None:
    """msgspec 0.22 alone takes the bound for the tuple's length."""
    kind = Few | (tuple[Flower, str] if "a" in text else tuple[int])
    found = decoded(kind, text)
    assert (found, type(found)) == (value, type(value))
    for wrong in ("6", "-6", '"a"', "[0, 0, 0]"):
        with pytest.raises(msgspec.ValidationError):
            decoded(kind, wrong)


class Untyped:
    pass


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Untyped, "Untyped has no JSON form; take a dataclass"),
        (complex, "complex has no JSON form"),
        (np.ndarray, r"say Array\(dtype, shape\)"),
        (set[Flower], "take a list"),
        (dict[bytes, int], "keys of a JSON object are text"),
        (Flower | Pair, "cannot be told apart"),
        (Few | tuple[int] | Flower, "cannot be told apart"),
        (Annotated[int | tuple[int], msgspec.Meta(ge=0)], r"take list\[\.\.\.\] for the tuple"),
        ("a text", "has no JSON form"),
    ],
)
def test_a_type_without_json_form_is_named(kind: Any, why: str) -> None:
    with pytest.raises(Unservable, match=why):
        wire(kind)


@pytest.mark.parametrize(
    ("kind", "text", "keys"),
    [
        (Flower, '{"width": 1, "name": "a"}', 1),
        (list[Flower], '[{"width": 1}, {"width": 2}]', 2),
        (dict[str, int], '{"a": 1, "b": 2}', 2),
    ],
)
def test_the_least_number_of_keys_is_known(kind: Any, text: str, keys: int) -> None:
    found = wire(kind)
    assert found.keys is not None
    assert found.keys(msgspec.json.decode(text.encode(), type=found.type)) == keys


def test_what_may_hold_anything_is_open() -> None:
    kinds = [Any, list, dict[str, Any], Node, int | dict[str, list[Any]], tuple[int, Any]]
    assert [wire(kind).open for kind in kinds] == [True] * len(kinds)
    assert [wire(kind).open for kind in (int, list[int], Flower)] == [False] * 3
