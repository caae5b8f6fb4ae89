"""What the rehearsal saw becomes a type, and several of them become one."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_modelship.contract import (
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    ListOf,
    Null,
    Record,
    RecordField,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    observed,
)
from jupyter_modelship.contract.observed import foreign, record_name, seen, settle, strangers
from jupyter_modelship.contract.types import NEVER

INT, FLOAT, STR = Scalar("int"), Scalar("float"), Scalar("str")
J, F, S, B, NULL = ({"kind": kind} for kind in ("int", "float", "str", "bool", "null"))
FLOWER = Record("Flower", "dataclass", (RecordField("a", FLOAT), RecordField("b", INT, False, 1)))
POINT = Record("Point", "namedtuple", (RecordField("a", FLOAT),))
COLOUR = EnumOf("Colour", ("red",))
CLASSES: dict[str, Record | EnumOf] = {"Flower": FLOWER, "Colour": COLOUR, "Point": POINT}


def lists(*items: object) -> dict[str, Any]:
    return {"kind": "list", "items": list(items)}


def array(dtype: str, *shape: int) -> dict[str, Any]:
    return {"kind": "array", "dtype": dtype, "shape": list(shape)}


def dicts(**fields: object) -> dict[str, Any]:
    return {"kind": "dict", "fields": fields}


def frame(*columns: list[str]) -> dict[str, Any]:
    return {"kind": "frame", "columns": list(columns)}


def record(name: str, style: str = "dataclass", **fields: object) -> dict[str, Any]:
    return {"kind": "record", "name": name, "style": style, "fields": fields}


def typed(name: str, **fields: Type) -> Record:
    parts = tuple(RecordField(key, value) for key, value in fields.items())
    return Record(name, "typeddict", parts, declared=False)


@pytest.mark.parametrize("kind", ["int", "float", "str", "bool", "bytes", "datetime", "date",
                                  "time", "timedelta", "decimal", "uuid"])  # fmt: skip
def test_a_scalar_is_seen_as_it_is(kind: str) -> None:
    assert observed({"kind": kind}) == Scalar(kind)  # type: ignore[arg-type]  # the parameters are the kinds


EXACT: list[tuple[dict[str, Any], Type]] = [
    (NULL, Null()),
    (lists(), ListOf(NEVER)),
    (lists(J, F), ListOf(FLOAT)),
    ({"kind": "set", "items": [S]}, SetOf(STR)),
    ({"kind": "tuple", "items": [J, S]}, TupleOf((INT, STR))),
    ({"kind": "dict", "values": [J, NULL]}, DictOf(UnionOf((INT, Null())))),
    ({"kind": "tuple", "items": []}, TupleOf(rest=NEVER)),
    (dicts(a=J), typed("", a=INT)),
    (record("P", "namedtuple", a=J), Record("P", "namedtuple", (RecordField("a", INT),))),
    (array("<f8", 3, 4), Array("float64", (3, 4))),
    (array("<U12", 3), Array("str", (3,))),
    ({"kind": "series", "dtype": "Int64", "name": "x"}, Series("Int64")),
    ({"kind": "numpy", "dtype": "float32"}, FLOAT),
    ({"kind": "numpy", "dtype": "int8"}, INT),
    ({"kind": "numpy", "dtype": "bool"}, Scalar("bool")),
    ({"kind": "numpy", "dtype": "<U3"}, STR),
    (frame(["a", "float64"], ["b", "string[python]"]), Frame((("a", "float64"), ("b", "string")))),
    ({"kind": "other", "type": "builtins.list"}, NEVER),
]


@pytest.mark.parametrize(("description", "type_"), EXACT)
def test_a_description_is_read_exactly(description: dict[str, Any], type_: Type) -> None:
    assert observed(description) == type_


JOINED: list[tuple[list[dict[str, Any]], Type]] = [
    ([], Hole()),
    ([J], INT),
    ([J, F], FLOAT),
    ([J, B], UnionOf((INT, Scalar("bool")))),
    ([NULL, J], UnionOf((INT, Null()))),
    ([J, S, F, NULL], UnionOf((FLOAT, STR, Null()))),
    ([J, S, B, lists(J)], AnyJson()),
    ([S, {"kind": "date"}], AnyJson()),
    ([lists()], ListOf(Hole())),
    ([lists(), lists(F)], ListOf(FLOAT)),
    ([lists(J), lists(F, NULL)], ListOf(UnionOf((FLOAT, Null())))),
    ([lists(lists(F), lists(J))], ListOf(ListOf(FLOAT))),
    ([array("float64", 150, 4)], Array("float64", (None, 4))),
    ([array("float64", 4)], Array("float64", (None,))),
    ([array("float64")], Array("float64", ())),
    ([array("float64", 3, 4), array("float64", 5, 4)], Array("float64", (None, 4))),
    ([array("float64", 3, 4), array("float64", 3, 5)], Array("float64", (None, None))),
    ([array("float64", 3, 4), array("float64", 3)], Array("float64")),
    ([array("int64", 3), array("float32", 3)], Array("float64", (None,))),
    ([array("uint8", 3), array("int16", 3)], Array("int16", (None,))),
    ([array("int64", 3), array("str", 3)], AnyJson()),
    ([array("float64", 3), lists(J)], ListOf(FLOAT)),
    ([dicts(a=F, b=J)], DictOf(FLOAT)),
    ([dicts(a=S, b=J)], typed("Name", a=STR, b=INT)),
    ([dicts(a=S, b=dicts(c=S, d=J))], typed("Name", a=STR, b=typed("NameB", c=STR, d=INT))),
    ([dicts(a=S, b=J), dicts(a=S)], DictOf(UnionOf((STR, INT)))),
    ([dicts(a=J), {"kind": "dict", "values": [F]}], DictOf(FLOAT)),
    ([dicts()], DictOf(Hole())),
    ([{"kind": "tuple", "items": []}], TupleOf(rest=Hole())),
    ([{"kind": "tuple", "items": [J]}, {"kind": "tuple", "items": [F, F]}], TupleOf(rest=FLOAT)),
    ([{"kind": "tuple", "items": [J]}, {"kind": "tuple", "items": [F]}], TupleOf((FLOAT,))),
    ([record("Flower", a=J, b=J)], FLOWER),
    ([record("Flower", a=J, b=J), NULL], UnionOf((FLOWER, Null()))),
    ([lists(record("Flower", a=F, b=J))], ListOf(FLOWER)),
    ([record("Far", a=F, b=S)], typed("Far", a=FLOAT, b=STR)),
    ([record("Far", "namedtuple", a=F, b=S)], TupleOf((FLOAT, STR))),
    ([{"kind": "other", "type": "__main__.Colour"}], COLOUR),
    ([lists({"kind": "other", "type": "__main__.Colour"})], ListOf(COLOUR)),
    ([dicts(a={"kind": "other", "type": "m.Colour"}, b=J)], typed("Name", a=COLOUR, b=INT)),
    ([frame(["a", "int64"]), frame(["a", "float64"])], Frame((("a", "float64"),))),
    ([frame(["a", "int64"]), frame(["b", "int64"])], AnyJson()),
    ([{"kind": "series", "dtype": "Int64"}, {"kind": "series", "dtype": "int32"}], Series("Int64")),
]


@pytest.mark.parametrize(("descriptions", "type_"), JOINED)
def test_what_was_seen_is_joined_and_widened(
    descriptions: list[dict[str, Any]], type_: Type
) -> None:
    assert settle(seen(descriptions, CLASSES), "Name", CLASSES) == type_


def test_what_has_no_json_form_is_named_wherever_it_is() -> None:
    bunch = {"kind": "other", "type": "sklearn.Bunch"}
    description = dicts(a=lists(bunch), b=record("R", x={"kind": "dict", "values": [bunch]}))
    assert list(foreign(description, {})) == ["sklearn.Bunch", "sklearn.Bunch"]
    assert list(foreign(array("complex128", 2), {})) == ["numpy complex128"]
    assert list(foreign(frame(["a", "period[M]"]), {})) == ["numpy period[M]"]
    assert list(foreign({"kind": "other", "type": "x.Colour"}, CLASSES)) == []


def test_what_lies_too_deep_to_describe_says_nothing() -> None:
    deep: dict[str, Any] = {"kind": "other", "type": "builtins.list"}
    node: dict[str, Any] = {"kind": "other", "type": "service.Flower"}
    assert list(foreign(lists(deep, node), CLASSES)) == []
    assert seen([lists(lists(J), deep, node)], CLASSES) == ListOf(ListOf(INT))


def test_classes_that_do_not_ship_are_strangers() -> None:
    assert strangers(observed(lists(record("Far", a=record("Flower")))), CLASSES) == ("Far",)


def test_a_record_without_a_class_is_named_after_its_place() -> None:
    assert record_name("predict_all", "row") == "PredictAllRow"
