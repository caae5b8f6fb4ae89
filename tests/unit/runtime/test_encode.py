"""Results become JSON, or a clear refusal."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import types
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pytest

from jupyter_modelship.runtime.arrays import Array, Frame, Series
from jupyter_modelship.runtime.columns import NotJson
from jupyter_modelship.runtime.encode import encoder

LIMIT = 1000


@dataclass
class Flower:
    width: float
    name: str = "iris"


class Pair(NamedTuple):
    left: int
    right: Any = None


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("é", '"é"'),
        (b"x", '"eA=="'),
        ((1, 2), "[1,2]"),
        ({"b": 1, "a": None}, '{"b":1,"a":null}'),
        ({1: 2}, '{"1":2}'),
        ({np.int64(1): 2}, '{"1":2}'),
        (np.float64(1.5), "1.5"),
        (np.float32(1.5), "1.5"),
        (np.int64(2), "2"),
        (np.bool_(True), "true"),
        (np.str_("a"), '"a"'),
        (np.arange(4).reshape(2, 2), "[[0,1],[2,3]]"),
        (np.array(1.5), "1.5"),
        (np.array(["a"]), '["a"]'),
        ([np.float64(1)], "[1.0]"),
        (Flower(1.0), '{"width":1.0,"name":"iris"}'),
        ([Flower(np.float64(1.0))], '[{"width":1.0,"name":"iris"}]'),
        (Colour.RED, '"red"'),
        (datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), '"2026-01-01T00:00:00Z"'),
        (datetime.date(2026, 1, 1), '"2026-01-01"'),
        (datetime.timedelta(days=1), '"P1D"'),
        (decimal.Decimal("1.10"), '"1.10"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (collections.OrderedDict(a=1), '{"a":1}'),
        (collections.defaultdict(int, a=1), '{"a":1}'),
        (collections.Counter("a"), '{"a":1}'),
        (types.MappingProxyType({"a": 1}), '{"a":1}'),
        (collections.deque([1]), "[1]"),
        (range(2), "[0,1]"),
        (pd.Series([1.0, 2.0]), "[1.0,2.0]"),
        (pd.Index(["a"]), '["a"]'),
        (pd.Timestamp("2026-01-01T00:00:00Z"), '"2026-01-01T00:00:00Z"'),
        (pd.Series(pd.to_datetime(["2026-01-01"])), '["2026-01-01T00:00:00Z"]'),
        (pd.to_datetime(["2026-01-01 10:00+02:00"]), '["2026-01-01T10:00:00+02:00"]'),
        (pd.DataFrame({"t": pd.to_datetime(["2026-01-01"])}), '[{"t":"2026-01-01T00:00:00Z"}]'),
        (np.array(["2026-01-01"], "datetime64[ns]"), '["2026-01-01T00:00:00Z"]'),
        (np.array([["2026-01-01"]], "datetime64[D]"), '[["2026-01-01T00:00:00Z"]]'),
        (np.datetime64("2026-01-01T10:00:00.5"), '"2026-01-01T10:00:00.500000Z"'),
        (np.array([1500], "timedelta64[ms]"), '["PT1.5S"]'),
        (np.timedelta64(1, "D"), '"P1D"'),
        (pd.Series(pd.to_timedelta(["1 day"])), '["P1D"]'),
        (pd.array([1, 2], dtype="Int64"), "[1,2]"),
        (pd.Timedelta(days=1), '"P1D"'),
        (pd.Series(["a", "b"], dtype="category"), '["a","b"]'),
        (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), '[{"a":1,"b":"x"},{"a":2,"b":"y"}]'),
        (pd.DataFrame({0: [1.5]}), '[{"0":1.5}]'),
        (pd.DataFrame(index=range(2)), "[{},{}]"),
        ({"frame": pd.DataFrame({"a": [1]})}, '{"frame":[{"a":1}]}'),
    ],
)
def test_values_have_their_wire_form(value: object, text: str) -> None:
    assert encoder(object, LIMIT)(value).decode() == text


def test_sets_are_sorted_where_the_type_says_set() -> None:
    assert encoder(dict[str, set[str]], LIMIT)({"a": {"c", "b", "a"}}) == b'{"a":["a","b","c"]}'
    assert encoder(frozenset, LIMIT)(frozenset({3, 1, 2})) == b"[1,2,3]"


def test_namedtuples_are_objects_where_the_type_says_so() -> None:
    assert encoder(Pair, LIMIT)(Pair(1)) == b'{"left":1,"right":null}'
    assert encoder(list[Pair], LIMIT)([Pair(1, Pair(2))]) == (
        b'[{"left":1,"right":{"left":2,"right":null}}]'
    )


NAN = float("nan")


@dataclass
class Measured:
    value: float
    note: str | None = None


class Row(msgspec.Struct):
    value: float


@pytest.mark.parametrize(
    "value",
    [
        NAN,
        float("inf"),
        [1.0, NAN],
        {"a": {"b": (NAN,)}},
        np.float64(NAN),
        np.array([[1.0, NAN]]),
        np.array([float("-inf")]),
        {"a": np.float32(NAN)},
        Measured(NAN),
        [Measured(1.0), {"a": Measured(float("inf"))}],
        Row(NAN),
        pd.Series([1.0, None]),
        pd.DataFrame({"a": [1.0, NAN]}),
        pd.DataFrame({"a": pd.Series([1, None], dtype="Int64")}),
        pd.NaT,
        pd.NA,
        pd.Series(pd.to_datetime(["2026-01-01", None])),
        np.array(["NaT"], "datetime64[ns]"),
        np.array([2**62], "datetime64[s]"),
        np.timedelta64("NaT", "s"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series(["a", None], dtype="string"),
    ],
)
def test_nan_infinity_and_missing_values_are_refused(value: object) -> None:
    with pytest.raises(NotJson):
        encoder(object, LIMIT)(value)


def test_none_beside_numbers_is_no_nan() -> None:
    value = [None, 1.5, {"a": None, "b": np.array([1.0])}, Measured(1.0), "null"]
    assert encoder(object, LIMIT)(value) == (
        b'[null,1.5,{"a":null,"b":[1.0]},{"value":1.0,"note":null},"null"]'
    )


def test_nan_is_null_where_the_type_says_that_a_number_may_be_none() -> None:
    assert encoder(list[float | None], LIMIT)([1.0, NAN]) == b"[1.0,null]"


NUMBERS = pd.Series([1, None], dtype="Int64")
FLAGS = pd.Series([True, None], dtype="boolean")
TEXTS = pd.Series(["a", None], dtype="string")
NOON = datetime.datetime.fromisoformat("2026-01-01T12:00:00")
HERE = NOON.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


@pytest.mark.parametrize(
    ("returns", "value", "written"),
    [
        (datetime.datetime, NOON, '"2026-01-01T12:00:00Z"'),
        (datetime.datetime, HERE, '"2026-01-01T12:00:00+02:00"'),
        (datetime.datetime, pd.Timestamp(NOON), '"2026-01-01T12:00:00Z"'),
        (dict[str, list[datetime.datetime]], {"t": [NOON]}, '{"t":["2026-01-01T12:00:00Z"]}'),
        (datetime.datetime | None, None, "null"),
        (set[datetime.datetime], {HERE, NOON.replace(tzinfo=HERE.tzinfo, hour=3)},
         '["2026-01-01T03:00:00+02:00","2026-01-01T12:00:00+02:00"]'),
    ],
)  # fmt: skip
def test_a_declared_time_is_written_with_a_zone(returns: Any, value: Any, written: str) -> None:
    assert encoder(returns, LIMIT)(value).decode() == written


DAYS = pd.Series(pd.to_datetime(["2026-01-01", None]))


@pytest.mark.parametrize(
    ("returns", "value", "text"),
    [
        (Series("Int64"), NUMBERS, "[1,null]"),
        (Series("boolean"), FLAGS, "[true,null]"),
        (list[str | None], TEXTS, '["a",null]'),
        (list[datetime.datetime | None], DAYS, '["2026-01-01T00:00:00Z",null]'),
        (int | None, pd.NA, "null"),
        (dict[str, Series("Int64")], {"a": NUMBERS}, '{"a":[1,null]}'),  # type: ignore[misc]  # a type made while running
        (
            Frame({"n": "Int64", "f": "boolean", "x": "float64"}),
            pd.DataFrame({"n": NUMBERS, "f": FLAGS, "x": [1.0, 2.0]}),
            '[{"n":1,"f":true,"x":1.0},{"n":null,"f":null,"x":2.0}]',
        ),
    ],
)
def test_what_is_missing_is_null_where_the_type_allows_it(
    returns: Any, value: object, text: str
) -> None:
    assert encoder(returns, LIMIT)(value).decode() == text


@pytest.mark.parametrize(
    ("returns", "value"),
    [
        (Series("string"), TEXTS),
        (list[int], NUMBERS),
        (Series("datetime64[ns]"), DAYS),
        (Frame({"n": "Int64", "s": "string"}), pd.DataFrame({"n": NUMBERS, "s": TEXTS})),
        (Frame({"n": "Int64", "x": "float64"}), pd.DataFrame({"n": NUMBERS, "x": [1.0, NAN]})),
        (Array("datetime64[ns]"), np.array(["NaT"], "datetime64[ns]")),
    ],
)
def test_what_is_missing_is_refused_where_the_type_does_not_allow_it(
    returns: Any, value: object
) -> None:
    with pytest.raises(NotJson):
        encoder(returns, LIMIT)(value)


def endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def numbers() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (endless(), "recursion"),
        (1j, "complex"),
        (numbers(), "generator"),
        (object(), "a object has no JSON form"),
        ({(1, 2): 3}, "JSON form"),
        ("\ud800", "surrogates"),
        (np.array([1j]), "complex"),
        (lambda: 1, "function"),
        ([10**5000], "JSON form"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns of one name"),
        (b"x" * (LIMIT + 1), "larger than the limit"),
        ("x" * (LIMIT + 1), "larger than the limit"),
        ([1] * (LIMIT + 1), "larger than the limit"),
        (np.zeros(LIMIT), "larger than the limit"),
        (["x" * LIMIT], "the limit is 1000"),
    ],
)
def test_what_json_cannot_say_is_refused_with_the_reason(value: object, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        encoder(object, LIMIT)(value)
