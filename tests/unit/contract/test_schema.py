"""The schema says what the runtime accepts and returns, no more and no less."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from jupyter_modelship.contract import (
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
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
    schema,
)

INT, FLOAT, STR = Scalar("int"), Scalar("float"), Scalar("str")
NODE = Record(
    "Node",
    "dataclass",
    (
        RecordField("value", INT),
        RecordField("next", UnionOf((Ref("Node"), Null())), False, None),
    ),
)

WRITTEN: list[tuple[Type, dict[str, Any]]] = [
    (INT, {"type": "integer"}),
    (FLOAT, {"type": "number"}),
    (Scalar("datetime"), {"type": "string", "format": "date-time"}),
    (AnyJson(), {}),
    (Hole("dict"), {}),
    (UnionOf((FLOAT, Null())), {"type": ["number", "null"]}),
    (
        UnionOf((ListOf(INT), Null())),
        {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]},
    ),
    (LiteralOf(("a", 1)), {"type": ["integer", "string"], "enum": ["a", 1]}),
    (EnumOf("Colour", ("red",)), {"type": "string", "enum": ["red"]}),
    (SetOf(STR), {"type": "array", "items": {"type": "string"}}),
    (TupleOf(rest=INT), {"type": "array", "items": {"type": "integer"}}),
    (
        TupleOf((INT, STR)),
        {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "string"}],
            "items": False,
            "minItems": 2,
            "maxItems": 2,
        },
    ),
    (DictOf(INT), {"type": "object", "additionalProperties": {"type": "integer"}}),
    (
        Array("float64", (None, 4)),
        {
            "type": "array",
            "items": {
                "type": "array",
                "items": {"type": "number"},
                "minItems": 4,
                "maxItems": 4,
            },
        },
    ),
    (Array("float64", ()), {"type": "number"}),
    (Array("float64"), {"type": "array"}),
    (Hole("array", "float64"), {"type": "array"}),
    (
        Series("uint8"),
        {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}},
    ),
    (
        Frame((("a", "float64"), ("b", "object"))),
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "a": {"type": "number"},
                    "b": {"type": ["string", "number", "boolean", "null"]},
                },
                "required": ["a", "b"],
                "additionalProperties": False,
            },
        },
    ),
    (Ref("Node"), {"$ref": "#/$defs/Node"}),
]


@pytest.mark.parametrize(("type_", "written"), WRITTEN)
def test_a_type_has_one_schema(type_: Type, written: dict[str, Any]) -> None:
    definitions: dict[str, object] = {}
    assert json.dumps(schema(type_, definitions)) == json.dumps(written)
    assert definitions == {}


def test_a_class_is_defined_once_and_referred_to() -> None:
    definitions: dict[str, object] = {}
    assert schema(ListOf(NODE), definitions) == {"type": "array", "items": {"$ref": "#/$defs/Node"}}
    assert definitions == {
        "Node": {
            "title": "Node",
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "default": None},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
    }


def test_a_record_without_a_class_stands_where_it_is_used() -> None:
    some = Record("Reply", "typeddict", (RecordField("a", INT),), declared=False)
    other = Record("Reply", "typeddict", (RecordField("b", STR),), declared=False)
    definitions: dict[str, object] = {}
    first, second = (schema(one, definitions)["properties"] for one in (some, other))
    assert (first, second) == ({"a": {"type": "integer"}}, {"b": {"type": "string"}})
    assert definitions == {}


def test_a_class_name_beyond_ascii_is_a_valid_key() -> None:
    fleur = Record("Fleurée", "dataclass", ())
    definitions: dict[str, Any] = {}
    reference = schema(fleur, definitions)["$ref"]
    assert reference == f"#/$defs/{next(iter(definitions))}"
    assert str(reference).isascii()


ACCEPTED: list[tuple[Type, list[object], list[object]]] = [
    (INT, [0, -5, 2**70], [1.5, "1", True, None]),
    (FLOAT, [1, 1.5, -2e300], ["1", True, None]),
    (Scalar("bytes"), ["", "YQ==", "YWI=", "YWJj"], ["a", "YQ", "Y Q=", "-_=="]),
    (
        Scalar("timedelta"),
        ["P1D", "PT1.5S", "-P1DT2H", "PT1H1M1S"],
        ["P", "PT", "P1Y", "P1DT", "x"],
    ),
    (Scalar("decimal"), ["1.5", "-1E+5", 1.5, 1], [True, None, [], "abc", "1,5"]),
    (DictOf(STR, INT), [{"1": "a", "-2": "b", "0": "c"}], [{"01": "a"}, {"x": "a"}, {"-0": "a"}]),
    (DictOf(INT, LiteralOf(("a",))), [{"a": 1}, {}], [{"b": 1}]),
    (TupleOf((INT, STR)), [[1, "a"]], [[1], [1, "a", 2], ["a", 1], {}]),
    (Array("int8", (None, 2)), [[], [[1, -128]]], [[[1]], [[128, 1]], [[1.5, 1]], [1, 2]]),
    (Series("Int64"), [[1, None]], [[1.5]]),
    (Frame((("a", "int64"),)), [[], [{"a": 1}]], [[{}], [{"a": 1, "b": 2}], [{"a": None}]]),
    (
        NODE,
        [{"value": 1}, {"value": 1, "next": {"value": 2, "next": None}}],
        [{}, {"value": 1, "other": 2}, {"value": 1, "next": {"value": "x"}}],
    ),
]


@pytest.mark.parametrize(("type_", "good", "bad"), ACCEPTED)
def test_values_are_told_apart(type_: Type, good: list[object], bad: list[object]) -> None:
    definitions: dict[str, object] = {}
    validator = jsonschema.Draft202012Validator(
        {**schema(type_, definitions), "$defs": definitions}
    )
    assert [value for value in good if not validator.is_valid(value)] == []
    assert [value for value in bad if validator.is_valid(value)] == []
