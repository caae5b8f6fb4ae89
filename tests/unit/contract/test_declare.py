"""Annotations become types; nothing is executed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_modelship.contract import (
    UNSET,
    AnyJson,
    Array,
    Contract,
    DictOf,
    EnumOf,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    RecordField,
    Ref,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    declare,
    holes,
)
from jupyter_modelship.model import Finding, Slice

Declared = Callable[..., tuple[Contract, tuple[Finding, ...]]]
INT, FLOAT, STR, BOOL = Scalar("int"), Scalar("float"), Scalar("str"), Scalar("bool")
PREAMBLE = """
import collections, dataclasses, datetime, decimal, enum, uuid
import datetime as dt
import typing as t
import numpy as np
import numpy.typing as npt
import pandas as pd
from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum, IntEnum, auto
from typing import (
    Annotated, Any, Callable, ClassVar, Final, Generator, Iterator, Literal, NamedTuple, NewType,
    Optional, TypedDict, Union,
)
from typing import List as L
from typing_extensions import NotRequired, Required, ReadOnly
try:
    from numpy import ndarray as NumpyArray
except ImportError:
    NumpyArray = None
if True:
    from uuid import UUID as Identity

Row = list[float]
Rows = list[Row]
Quoted = "Row"
Lists = list
UserId = NewType("UserId", int)
Grid: "t.TypeAlias" = "list[list[int]]"
Loop = list["Loop"]
T = t.TypeVar("T")
limit = 3

@dataclass
class Point:
    x: float
    y: float = 0.5
    tags: list[str] = field(default_factory=list)
    made: int = field(default=3)
    kind: ClassVar[str] = "p"

@dataclasses.dataclass(frozen=True)
class Point3(Point):
    z: "Optional[float]" = None
    y: int = 1
    _: KW_ONLY
    name: str

class Plain(Point):
    def norm(self): ...

@dataclass
class Node:
    value: int
    children: list["Node"]

class Movie(TypedDict):
    name: Required[str]
    year: NotRequired[ReadOnly[int]]

class Loose(Movie, total=False):
    stars: float
    id: "Required[int]"

class Pair(NamedTuple):
    left: int
    right: str = "r"

class Colour(Enum):
    RED = "red"
    BLUE = "blue"
    _ignored = 1

class Level(IntEnum):
    LOW = auto()
    MID = 5
    HIGH = auto()

class Mixed(Enum):
    A = 1
    B = "b"

class Size(str, Enum):
    S = "s"

Bare = namedtuple("Bare", "a b")
Typed = NamedTuple("Typed", [("a", int), ("b", "str")])
Dict = TypedDict("Dict", {"a key": int, "b": NotRequired[str]}, total=True)
Shade = Enum("Shade", "DARK LIGHT")

class Custom:
    pass

@dataclass
class Loosely:
    a: list
    b: dict
    c: tuple
    d: Any

@dataclass
class Arrays:
    a: np.ndarray
"""
POINT = (
    RecordField("x", FLOAT),
    RecordField("y", FLOAT, False, 0.5),
    RecordField("tags", ListOf(STR), False),
    RecordField("made", INT, False, 3),
)
MOVIE = (RecordField("name", STR), RecordField("year", INT, False))

TYPES: dict[str, Type] = {
    "int": INT,
    "float": FLOAT,
    "str": STR,
    "bool": BOOL,
    "bytes": Scalar("bytes"),
    "None": Null(),
    "object": AnyJson(),
    "Any": AnyJson(),
    "t.Any": AnyJson(),
    "datetime.datetime": Scalar("datetime"),
    "dt.date": Scalar("date"),
    "dt.time": Scalar("time"),
    "datetime.timedelta": Scalar("timedelta"),
    "decimal.Decimal": Scalar("decimal"),
    "uuid.UUID": Scalar("uuid"),
    "Identity": Scalar("uuid"),
    "list[float]": ListOf(FLOAT),
    "L[int]": ListOf(INT),
    "t.List[t.Dict[str, int]]": ListOf(DictOf(INT)),
    "Sequence[float]": ListOf(FLOAT),
    "list": ListOf(Hole()),
    "Lists[int]": ListOf(INT),
    "set[int]": SetOf(INT),
    "frozenset[str]": SetOf(STR, frozen=True),
    "tuple[int, str]": TupleOf((INT, STR)),
    "tuple[int, ...]": TupleOf(rest=INT),
    "tuple": Hole("tuple"),
    "dict": Hole("dict"),
    "dict[str, float]": DictOf(FLOAT),
    "dict[int, str]": DictOf(STR, INT),
    "dict[Literal['a', 'b'], int]": DictOf(INT, LiteralOf(("a", "b"))),
    "Mapping[str, Any]": DictOf(AnyJson()),
    "Optional[int]": UnionOf((INT, Null())),
    "None | int": UnionOf((INT, Null())),
    "int | float | None": UnionOf((INT, FLOAT, Null())),
    "Union[int, str, int]": UnionOf((INT, STR)),
    "Union[int]": INT,
    "Optional[Any]": AnyJson(),
    "Literal['a', 'b', 'a']": LiteralOf(("a", "b")),
    "Literal[1, -2, None]": UnionOf((LiteralOf((1, -2)), Null())),
    "Annotated[int, 'metres', 5]": INT,
    "Final[int]": INT,
    "'int | None'": UnionOf((INT, Null())),
    "list['Row']": ListOf(ListOf(FLOAT)),
    "Row": ListOf(FLOAT),
    "Rows": ListOf(ListOf(FLOAT)),
    "Quoted": ListOf(FLOAT),
    "Grid": ListOf(ListOf(INT)),
    "UserId": INT,
    "np.ndarray": Hole("array"),
    "NumpyArray": Hole("array"),
    "npt.NDArray[np.float64]": Hole("array", "float64"),
    "np.typing.NDArray[np.int_]": Hole("array", "int64"),
    "npt.NDArray[float]": Hole("array", "float64"),
    "npt.NDArray[np.datetime64]": Hole("array", "datetime64[ns]"),
    "npt.NDArray": Hole("array"),
    "npt.NDArray[np.floating]": Hole("array"),
    "np.ndarray[Any, np.dtype[np.float32]]": Hole("array", "float32"),
    "np.ndarray[tuple[int, int], np.dtype[np.float64]]": Array("float64", (None, None)),
    "np.ndarray[tuple[int, ...], np.dtype[np.float64]]": Hole("array", "float64"),
    "npt.ArrayLike": Hole(),
    "np.float64": FLOAT,
    "np.int32": INT,
    "np.bool_": BOOL,
    "np.str_": STR,
    "np.datetime64": Scalar("datetime"),
    "pd.DataFrame": Hole("frame"),
    "pd.Series": Hole("series"),
    "'pd.Series[float]'": Series("float64"),
    "Point": Record("Point", "dataclass", POINT),
    "list[Point] | None": UnionOf((ListOf(Record("Point", "dataclass", POINT)), Null())),
    "Point3": Record(
        "Point3",
        "dataclass",
        (
            POINT[0],
            RecordField("y", INT, False, 1),
            *POINT[2:],
            RecordField("z", UnionOf((FLOAT, Null())), False, None),
            RecordField("name", STR),
        ),
    ),
    "Plain": Record("Plain", "dataclass", POINT),
    "Node": Record(
        "Node",
        "dataclass",
        (RecordField("value", INT), RecordField("children", ListOf(Ref("Node")))),
    ),
    "Loosely": Record(
        "Loosely",
        "dataclass",
        (
            RecordField("a", ListOf(AnyJson())),
            RecordField("b", DictOf(AnyJson())),
            RecordField("c", TupleOf(rest=AnyJson())),
            RecordField("d", AnyJson()),
        ),
    ),
    "Movie": Record("Movie", "typeddict", MOVIE),
    "Loose": Record(
        "Loose",
        "typeddict",
        (*MOVIE, RecordField("stars", FLOAT, False), RecordField("id", INT)),
    ),
    "Pair": Record(
        "Pair", "namedtuple", (RecordField("left", INT), RecordField("right", STR, False, "r"))
    ),
    "Colour": EnumOf("Colour", ("red", "blue")),
    "Level": EnumOf("Level", (1, 5, 6)),
    "Size": EnumOf("Size", ("s",)),
    "Bare": Record(
        "Bare", "namedtuple", (RecordField("a", AnyJson()), RecordField("b", AnyJson()))
    ),
    "Typed": Record("Typed", "namedtuple", (RecordField("a", INT), RecordField("b", STR))),
    "Dict": Record("Dict", "typeddict", (RecordField("a key", INT), RecordField("b", STR, False))),
    "Shade": EnumOf("Shade", (1, 2)),
}

REFUSED = {
    "Callable[[int], int]": "contract-unsupported-type",
    "Callable": "contract-unsupported-type",
    "Iterator[int]": "contract-unsupported-type",
    "Generator[int, None, None]": "contract-unsupported-type",
    "Custom": "contract-unsupported-type",
    "list[Custom]": "contract-unsupported-type",
    "Mixed": "contract-unsupported-type",
    "T": "contract-unsupported-type",
    "complex": "contract-unsupported-type",
    "collections.OrderedDict": "contract-unsupported-type",
    "collections.deque[int]": "contract-unsupported-type",
    "npt.NDArray[np.complex128]": "contract-unsupported-type",
    "pd.Timestamp": "contract-unsupported-type",
    "Literal[1.5]": "contract-unsupported-type",
    "Literal[Colour.RED]": "contract-unsupported-type",
    "dict[float, int]": "contract-unsupported-type",
    "set[Point]": "contract-unsupported-type",
    "tuple[()]": "contract-unsupported-type",
    "_helper": "contract-unsupported-type",
    "limit": "contract-unreadable-annotation",
    "Missing": "contract-unknown-name",
    "missing.Thing": "contract-unknown-name",
    "list[missing.Thing]": "contract-unknown-name",
    "'list[' ": "contract-unreadable-annotation",
    "3": "contract-unreadable-annotation",
    "print()": "contract-unreadable-annotation",
    "Loop": "contract-unreadable-annotation",
}


@pytest.fixture(scope="module")
def declared(
    make_slice: Callable[..., Slice],
) -> Declared:
    def of(function: str, route: str = "POST") -> tuple[Contract, tuple[Finding, ...]]:
        return declare(make_slice(f"{PREAMBLE}\ndef _helper(): ...\n{function}", route))

    return of


@pytest.mark.parametrize("annotation", TYPES)
def test_an_annotation_says_its_type(annotation: str, declared: Declared) -> None:
    contract, findings = declared(f"def f(x: {annotation}): ...")
    assert findings == ()
    assert contract.endpoint("f").takes[0].type == TYPES[annotation]


@pytest.mark.parametrize("annotation", REFUSED)
def test_an_annotation_without_json_form_blocks(annotation: str, declared: Declared) -> None:
    contract, (finding,) = declared(f"def f(x: {annotation}) -> int: ...")
    assert (finding.code, finding.severity) == (REFUSED[annotation], "block")
    assert (finding.cell, finding.number) == ("c1", 5)
    assert finding.message.startswith("f.x: `")
    assert finding.remedy
    assert contract.endpoint("f").takes[0].type == Hole()


def test_a_class_with_an_array_can_be_returned_but_not_taken(declared: Declared) -> None:
    contract, (finding,) = declared("def f(x: list[Arrays]) -> Arrays: ...")
    assert finding.code == "contract-unsupported-type"
    assert finding.message == "f.x: `Arrays` has an array, series or frame for a field"
    assert holes(contract) == ("f.x", "f returns")


def test_a_key_that_the_decoder_cannot_look_for_blocks(declared: Declared) -> None:
    _, (finding,) = declared("Odd = TypedDict('Odd', {'a\\nb': int})\ndef f(x: Odd) -> Odd: ...")
    assert (finding.code, finding.message) == ("contract-odd-key", "f.x has the key 'a\\nb'")


def test_what_is_not_annotated_is_a_hole(declared: Declared) -> None:
    contract, findings = declared("def f(a, b: list, c: int): ...")
    assert findings == ()
    assert holes(contract) == ("f.a", "f.b", "f returns")


def test_an_array_of_unknown_shape_is_a_hole_too(declared: Declared) -> None:
    contract, _ = declared("def f(a: npt.NDArray[np.float64]) -> None: ...")
    assert holes(contract) == ("f.a",)


def test_literal_defaults_are_published_others_only_make_optional(
    declared: Declared,
) -> None:
    contract, findings = declared(
        "def f(a: int = -3, b: bytes = b'a', c: Row = [1, 2.5], d: int = limit,"
        " e: int = None, f=None, *, g: dict = None, h: tuple[int, str] = (1, 'a')): ..."
    )
    takes = contract.endpoint("f").takes
    assert findings == ()
    assert [(one.required, one.default) for one in takes] == [
        (False, -3),
        (False, "YQ=="),
        (False, [1, 2.5]),
        (False, UNSET),
        (False, None),
        (False, None),
        (False, None),
        (False, [1, "a"]),
    ]
    assert takes[4].type == UnionOf((INT, Null()))
    assert takes[5].type == Hole()
    assert takes[6].type == UnionOf((Hole("dict"), Null()))
    assert takes[6].keyword_only


def test_what_the_function_is_travels_along(declared: Declared) -> None:
    contract, _ = declared('async def f() -> int:\n    """Say it."""', "GET /there")
    endpoint = contract.endpoint("f")
    assert (endpoint.method, endpoint.path) == ("GET", "/there")
    assert (endpoint.is_async, endpoint.doc) == (True, "Say it.")


def test_classes_that_ship_are_known_whether_named_or_not(
    declared: Declared,
) -> None:
    contract, _ = declared("def f(): ...")
    assert {"Point", "Colour", "Movie", "Pair", "Bare"} <= {one.name for one in contract.classes}
    assert not {"Custom", "Mixed", "Row", "UserId"} & {one.name for one in contract.classes}
