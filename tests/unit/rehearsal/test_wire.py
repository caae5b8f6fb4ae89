"""The injected encoder and the runtime must write the same JSON; types are described as seen."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import re
import uuid
from typing import Any, NamedTuple

import numpy
import pandas
import pytest

from jupyter_modelship.rehearsal.injected.shapes import describe
from jupyter_modelship.rehearsal.injected.wire import NotOnWire, encode
from jupyter_modelship.runtime.arrays import Frame, Series
from jupyter_modelship.runtime.columns import NotJson
from jupyter_modelship.runtime.encode import encoder


@dataclasses.dataclass
class Flower:
    name: str
    sizes: list[float]


class Point(NamedTuple):
    x: int
    y: float


class Colour(enum.Enum):
    RED = "red"


UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2026, 11, 22, 10, 0, 0, 500, UTC)
FRAME = pandas.DataFrame({"a": [1, 2], "b": pandas.Series(["x", None], dtype=object)})
SAME = [
    None,
    True,
    -0.0,
    10**30,
    "Grüße\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    b"\x00\xff",
    [1, 2.5, "x"],
    (1, "x"),
    {"a": {"b": []}},
    {1: "x"},
    {8, 1},
    frozenset({"b", "a"}),
    Flower("iris", [1.0]),
    [Flower("iris", [])],
    Colour.RED,
    MOMENT,
    MOMENT.replace(tzinfo=None),
    MOMENT.astimezone(datetime.timezone(datetime.timedelta(hours=2))),
    datetime.date(2026, 11, 22),
    datetime.time(10, 0, 1, 20),
    datetime.timedelta(0),
    datetime.timedelta(days=1),
    datetime.timedelta(days=-2, seconds=3),
    datetime.timedelta(days=1, seconds=3723, microseconds=20),
    datetime.timedelta(seconds=-1.5),
    decimal.Decimal("1.10"),
    uuid.UUID(int=7),
    collections.deque([1, 2]),
    collections.OrderedDict(a=1),
    range(3),
    numpy.float32(0.1),
    numpy.int64(3),
    numpy.bool_(True),
    numpy.arange(6).reshape(2, 3) / 4,
    numpy.array(["a", "b"]),
    numpy.array(["2026-11-22"], dtype="datetime64[D]"),
    numpy.array([["2026-11-22T10:00:00.000001"]], dtype="datetime64[ns]"),
    numpy.datetime64("2026-11-22T10"),
    numpy.array([1500], dtype="timedelta64[ms]"),
    pandas.Series(pandas.to_datetime(["2026-11-22"])),
    pandas.DataFrame({"t": pandas.to_datetime(["2026-11-22 10:00+02:00"])}),
    pandas.array([1, 2], dtype="Int64"),
    pandas.Series(pandas.to_timedelta(["1 day"])),
    FRAME,
    FRAME["a"],
    pandas.Index([1, 2]),
    pandas.Timestamp(MOMENT),
    pandas.Timedelta(seconds=90),
    {"rows": FRAME, "best": numpy.float64(0.5)},
]
REFUSED = [
    float("nan"),
    [float("inf")],
    numpy.array([numpy.nan]),
    {"a": numpy.float64("-inf")},
    pandas.DataFrame({"a": [1.0, None]}),
    pandas.DataFrame([[1, 2]], columns=["a", "a"]),
    pandas.NaT,
    pandas.NA,
    numpy.array(["NaT"], dtype="datetime64[s]"),
    numpy.array([2**62], dtype="datetime64[s]"),
    pandas.Series(["a", None], dtype="string"),
    object(),
    1j,
    lambda: None,
]


def shown(value: object) -> str:
    """The same name in every process: pytest-xdist compares them."""
    if isinstance(value, (set, frozenset)):  # the order of text in a set differs too
        return f"{type(value).__name__}-{sorted(map(repr, value))}"
    return re.sub(r" at 0x\w+", "", repr(value))


@pytest.mark.parametrize("value", SAME, ids=shown)
def test_the_rehearsal_writes_what_the_service_will_answer(value: Any) -> None:
    declared = set if isinstance(value, (set, frozenset)) else Any
    assert json.dumps(encode(value)) == json.dumps(json.loads(encoder(declared, 10**6)(value)))


def test_what_is_missing_in_a_nullable_column_is_null() -> None:
    numbers = pandas.Series([1, None], dtype="Int64")
    frame = pandas.DataFrame({"n": numbers, "f": pandas.array([True, None], dtype="boolean")})
    assert encode(numbers) == json.loads(encoder(Series("Int64"), 10**6)(numbers)) == [1, None]
    returns = Frame({"n": "Int64", "f": "boolean"})
    assert encode(frame) == json.loads(encoder(returns, 10**6)(frame))


def test_a_named_tuple_is_an_object_as_where_it_is_declared() -> None:
    assert encode(Point(1, 2.0)) == json.loads(encoder(Point, 10**6)(Point(1, 2.0)))


@pytest.mark.parametrize("value", REFUSED, ids=shown)
def test_what_the_service_cannot_answer_the_rehearsal_refuses(value: Any) -> None:
    with pytest.raises(NotJson):
        encoder(Any, 10**6)(value)
    with pytest.raises(NotOnWire):
        encode(value)


def test_a_value_inside_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotOnWire, match="contains itself"):
        encode(value)


DESCRIBED = [
    (None, {"kind": "null"}),
    (True, {"kind": "bool"}),
    (1, {"kind": "int"}),
    (1.5, {"kind": "float"}),
    (b"", {"kind": "bytes"}),
    (MOMENT, {"kind": "datetime"}),
    (MOMENT.date(), {"kind": "date"}),
    (datetime.time(), {"kind": "time"}),
    (datetime.timedelta(), {"kind": "timedelta"}),
    (decimal.Decimal(1), {"kind": "decimal"}),
    (uuid.UUID(int=1), {"kind": "uuid"}),
    (object(), {"kind": "other", "type": "builtins.object"}),
    ([1, 2, "x"], {"kind": "list", "items": [{"kind": "int"}, {"kind": "str"}]}),
    ([], {"kind": "list", "items": []}),
    ((1, 1), {"kind": "tuple", "items": [{"kind": "int"}, {"kind": "int"}]}),
    ({1}, {"kind": "set", "items": [{"kind": "int"}]}),
    ({"a": 1}, {"kind": "dict", "fields": {"a": {"kind": "int"}}}),
    ({1: "a"}, {"kind": "dict", "values": [{"kind": "str"}]}),
    ({str(at): at for at in range(65)}, {"kind": "dict", "values": [{"kind": "int"}]}),
    (
        Point(1, 2.0),
        {
            "kind": "record",
            "name": "Point",
            "style": "namedtuple",
            "fields": {"x": {"kind": "int"}, "y": {"kind": "float"}},
        },
    ),
    (
        Flower("iris", []),
        {
            "kind": "record",
            "name": "Flower",
            "style": "dataclass",
            "fields": {"name": {"kind": "str"}, "sizes": {"kind": "list", "items": []}},
        },
    ),
    (numpy.zeros((2, 3)), {"kind": "array", "dtype": "float64", "shape": [2, 3]}),
    (numpy.float64(1), {"kind": "numpy", "dtype": "float64"}),
    (FRAME[["a"]], {"kind": "frame", "columns": [["a", "int64"]]}),
    (FRAME["a"], {"kind": "series", "dtype": "int64", "name": "a"}),
]


@pytest.mark.parametrize(("value", "description"), DESCRIBED, ids=shown)
def test_types_are_described_as_seen(value: Any, description: dict[str, Any]) -> None:
    assert describe(value) == description


def test_long_lists_are_described_by_few_distinct_items() -> None:
    values = [numpy.zeros(at) for at in range(100)]
    assert len(describe(values)["items"]) == 16


def test_a_value_inside_itself_is_described_to_a_depth() -> None:
    value: list[Any] = []
    value.append(value)
    assert '"type": "builtins.list"' in json.dumps(describe(value))
