"""What holds for every type: it is written and read back, and its three witnesses agree.

The witnesses are the schema that callers see, the expression that service.py says, and the
runtime that decodes.
"""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import openapi_spec_validator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_modelship.contract import (
    AnyJson,
    Array,
    Contract,
    DictOf,
    EndpointContract,
    EnumOf,
    Field,
    Frame,
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
    breaking,
    expression,
    from_json,
    openapi,
    parse_expression,
    schema,
    to_json,
)
from jupyter_modelship.contract.ambiguity import ambiguous
from jupyter_modelship.contract.dtypes import bounds, element
from jupyter_modelship.contract.fit import fits
from jupyter_modelship.contract.join import join
from jupyter_modelship.contract.types import union, walk
from jupyter_modelship.runtime.endpoint import Endpoint
from jupyter_modelship.runtime.problems import Refused

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-300, 300)
    | st.floats(-10, 10)
    | st.integers(-300, 300).map(float)
    | st.sampled_from(["", "a", "red", "value", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "children", "width", "kind", "left", "a", "1"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
KEYS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\'), max_size=6)
KINDS = st.sampled_from(["int", "float", "str", "bool"])
FORMATTED = st.sampled_from(["bytes", "datetime", "date", "time", "timedelta", "decimal", "uuid"])
NUMERIC = ["float64", "float32", "int64", "int8", "uint8", "bool"]
DTYPES = st.sampled_from([*NUMERIC, "str"])
COLUMN_DTYPES = st.sampled_from([*NUMERIC, "str", "Int64", "boolean"])
LITERALS = st.lists(TEXT | st.integers(-5, 5), min_size=1, max_size=3, unique=True).map(
    lambda values: LiteralOf(tuple(values))
)
SHAPES = st.none() | st.lists(st.none() | st.integers(1, 3), max_size=3).map(tuple)
ARRAYS: st.SearchStrategy[Type] = (
    st.builds(Array, DTYPES, SHAPES)
    | st.builds(Series, COLUMN_DTYPES)
    | st.dictionaries(KEYS, COLUMN_DTYPES, min_size=1, max_size=3).map(
        lambda columns: Frame(tuple(columns.items()))
    )
)


COLOUR, LEVEL = EnumOf("Colour", ("red", "blue")), EnumOf("Level", (1, 2))
STR, INT = Scalar("str"), Scalar("int")
CLASSES: tuple[Record | EnumOf, ...] = (
    COLOUR,
    LEVEL,
    Record(
        "Node",
        "dataclass",
        (
            RecordField("value", INT),
            RecordField("children", ListOf(Ref("Node"))),
            RecordField("colour", UnionOf((COLOUR, Null())), False, None),
        ),
    ),
    Record(
        "Flower",
        "dataclass",
        (
            RecordField("width", Scalar("float")),
            RecordField("kind", LiteralOf(("a", "b"))),
            RecordField("names", UnionOf((ListOf(STR), Null())), False, None),
        ),
    ),
    Record(
        "Movie", "typeddict", (RecordField("name", STR, False), RecordField("year", INT, False))
    ),
    Record("Pair", "namedtuple", (RecordField("left", INT), RecordField("right", STR, False, "r"))),
)
RECORDS = {one.name: one for one in CLASSES if isinstance(one, Record)}


def types(scalars: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    """Types without holes in normal form."""
    leaves = scalars | LITERALS | ARRAYS | st.sampled_from([Null(), AnyJson(), *CLASSES])
    simple = scalars | LITERALS | st.just(COLOUR)
    keys = st.sampled_from([STR, INT, LiteralOf(("a", "value"))])

    def wider(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
        fields = st.dictionaries(KEYS, inner, max_size=3).map(
            lambda named: tuple(RecordField(name, one) for name, one in named.items())
        )
        return (
            st.builds(ListOf, inner)
            | st.builds(SetOf, simple, st.booleans())
            | st.builds(TupleOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
            | st.builds(TupleOf, st.just(()), inner)
            | st.builds(DictOf, inner, keys)
            | st.lists(inner, min_size=1, max_size=3).map(union)
            | st.builds(Record, st.just("Seen"), st.just("typeddict"), fields, st.just(False))
        )

    return st.recursive(leaves, wider, max_leaves=5)


def _formatted(kind: str) -> st.SearchStrategy[str]:
    made: dict[str, st.SearchStrategy[str]] = {
        "bytes": st.binary(max_size=5).map(lambda raw: base64.b64encode(raw).decode()),
        "datetime": st.datetimes(timezones=st.just(datetime.timezone.utc)).map(
            lambda moment: moment.isoformat()
        ),
        "date": st.dates().map(lambda day: day.isoformat()),
        "time": st.times(timezones=st.just(datetime.timezone.utc)).map(lambda at: at.isoformat()),
        "timedelta": st.integers(0, 10**6).map(lambda n: f"P{n}DT{n % 60}.5S"),
        "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
        "uuid": st.uuids().map(str),
    }
    return made[kind]


def values(type_: Type) -> st.SearchStrategy[Any]:
    """JSON values of a type."""
    plain: dict[str, st.SearchStrategy[Any]] = {
        "int": st.integers(-(2**70), 2**70) | st.integers(-(2**53), 2**53).map(float),
        "float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
        "str": TEXT,
        "bool": st.booleans(),
    }
    match type_:
        case Scalar(kind):
            return plain[kind] if kind in plain else _formatted(kind)
        case Null():
            return st.none()
        case AnyJson():
            return JSON
        case LiteralOf(choices) | EnumOf(values=choices):
            return st.sampled_from(choices)
        case UnionOf(members):
            return st.one_of([values(member) for member in members])
        case TupleOf(items, None):
            return st.tuples(*[values(item) for item in items]).map(list)
        case ListOf(item) | SetOf(item) | TupleOf(rest=item) if item is not None:
            return st.lists(values(item), max_size=3)
        case DictOf(value, key):
            texts_of = {"int": st.integers(-99, 99).map(str), "str": TEXT}
            texts = texts_of[key.kind] if isinstance(key, Scalar) else values(key)
            return st.dictionaries(texts, values(value), max_size=3)
        case Array() | Series() | Frame():
            return _columns(type_)
    return _record(type_)


def _record(type_: Type) -> st.SearchStrategy[Any]:
    record = RECORDS.get(type_.name) if hasattr(type_, "name") else None
    fields = (record or type_).fields  # type: ignore[union-attr]  # a Record, or a Ref to one
    parts = {one.name: st.deferred(_later(one.type)) for one in fields}
    needed = {one.name for one in fields if one.required}
    return st.fixed_dictionaries(
        {name: part for name, part in parts.items() if name in needed},
        optional={name: part for name, part in parts.items() if name not in needed},
    )


def _later(type_: Type) -> Callable[[], st.SearchStrategy[Any]]:
    return lambda: values(type_)


def _element(dtype: str) -> st.SearchStrategy[Any]:
    limits = bounds(dtype)
    if limits is not None:
        numbers: st.SearchStrategy[Any] = st.integers(*limits)
        return numbers | st.none() if dtype[0].isupper() else numbers
    small = st.floats(-(2.0**60), 2.0**60, width=32)
    return small if dtype.startswith("float") else values(element(dtype) or AnyJson())


def _columns(type_: Array | Series | Frame) -> st.SearchStrategy[Any]:
    if isinstance(type_, Series):
        return st.lists(_element(type_.dtype), max_size=3)
    if isinstance(type_, Frame):
        row = st.fixed_dictionaries({name: _element(dtype) for name, dtype in type_.columns})
        return st.lists(row, max_size=3)
    if type_.shape is None:
        return st.lists(_element(type_.dtype), max_size=3)
    lengths = st.tuples(*[st.integers(1, 3) if n is None else st.just(n) for n in type_.shape])
    return lengths.flatmap(lambda axes: _nested(type_.dtype, axes))


def _nested(dtype: str, axes: tuple[int, ...]) -> st.SearchStrategy[Any]:
    made = _element(dtype)
    for length in reversed(axes):
        made = st.lists(made, min_size=length, max_size=length)
    return made


relaxed = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
PLAIN = types(st.builds(Scalar, KINDS))
ALL = types(st.builds(Scalar, KINDS | FORMATTED))
CLEAR = ALL.filter(lambda type_: ambiguous(type_) is None)
UNSHAPED = PLAIN.filter(
    # Rows of unequal length are refused, which no schema can say.
    lambda type_: (
        ambiguous(type_) is None and not any(isinstance(part, Array) for part in walk(type_))
    )
)


def test_the_classes_of_the_world_are_read_from_its_source(world: Any) -> None:
    assert world.classes == CLASSES


@relaxed
@given(type_=ALL)
def test_an_expression_is_read_back(type_: Type, world: Any) -> None:
    assert parse_expression(expression(type_), world.slice) == type_


@relaxed
@given(first=ALL, second=ALL, result=ALL, default=JSON)
def test_json_is_read_back(first: Type, second: Type, result: Type, default: object) -> None:
    takes = (Field("x", first, False, default), Field("y", second))
    endpoint = EndpointContract("f", "POST", "/f", takes, result, doc="It.")
    contract = Contract((endpoint,), CLASSES)
    assert from_json(json.loads(json.dumps(to_json(contract)))) == contract
    assert breaking(contract, contract) == ()
    openapi_spec_validator.validate(openapi(contract, name="any"))


@relaxed
@given(left=PLAIN, right=PLAIN)
def test_what_holds_both_holds_each(left: Type, right: Type) -> None:
    assert fits(left, left)
    assert join((left, left)) == join((left,))
    both = join((left, right))
    joined_by_numpy = any(isinstance(part, Array | Frame | Series) for part in walk(both))
    assert joined_by_numpy or (fits(left, both) and fits(right, both))


@relaxed
@given(drawn=CLEAR.flatmap(lambda type_: st.tuples(st.just(type_), values(type_))))
def test_values_of_a_type_are_accepted_by_schema_and_runtime(
    drawn: tuple[Type, Any], world: Any
) -> None:
    type_, value = drawn
    assert _schema_accepts(type_, value)
    assert _runtime_accepts(world.python(type_), value), world.python(type_)


@settings(relaxed, max_examples=80)
@given(
    drawn=UNSHAPED.flatmap(
        lambda type_: st.tuples(st.just(type_), values(type_).flatmap(_bent) | JSON)
    )
)
def test_schema_and_runtime_agree_on_any_json(drawn: tuple[Type, Any], world: Any) -> None:
    type_, value = drawn
    assert _schema_accepts(type_, value) == _runtime_accepts(world.python(type_), value)


def _bent(value: Any) -> st.SearchStrategy[Any]:
    """The value, or one like it with a part exchanged, added or left out."""
    if isinstance(value, dict) and value:
        key = st.sampled_from(sorted(value))
        return key.flatmap(
            lambda name: (
                st.sampled_from(
                    [{**value, "extra": 1}, {k: v for k, v in value.items() if k != name}]
                )
                | JSON.map(lambda other: {**value, name: other})
            )
        )
    if isinstance(value, list) and value:
        return JSON.map(lambda other: [*value[:-1], other]) | st.just([*value, value[0]])
    return JSON


def _schema_accepts(type_: Type, value: Any) -> bool:
    definitions: dict[str, Any] = {}
    document = {**schema(type_, definitions), "$defs": definitions}
    return bool(jsonschema.Draft202012Validator(document).is_valid(value))


def _runtime_accepts(kind: Any, value: Any) -> bool:
    def take(x: Any) -> None: ...

    endpoint = Endpoint(
        take, "POST", "/take", {"x": kind}, None,
        depth_limit=64, result_limit=10, execution="inline",
    )  # fmt: skip
    try:
        endpoint.work(endpoint.read(json.dumps({"x": value}).encode()))
    except Refused:
        return False
    return True
