"""Registration lines: pleasant Python that says the notebook's own words."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from jupyter_modelship.contract import (
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    Import,
    ListOf,
    LiteralOf,
    Null,
    Record,
    RecordField,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    expression,
    imports_for,
    names_of,
    parse_expression,
)
from jupyter_modelship.contract.expression import said
from jupyter_modelship.model import Slice

FLOAT, STR = Scalar("float"), Scalar("str")
SAID: dict[str, Type] = {
    "list[float]": ListOf(FLOAT),
    "float | None": UnionOf((FLOAT, Null())),
    "None": Null(),
    "Any": AnyJson(),
    'Literal["a", "b"]': LiteralOf(("a", "b")),
    "Literal[1, -2]": LiteralOf((1, -2)),
    'Array("float64", (None, 4))': Array("float64", (None, 4)),
    'Array("float64", (None,))': Array("float64", (None,)),
    'Array("float64", ())': Array("float64", ()),
    'Array("str")': Array("str"),
    'Array("float64") | None': UnionOf((Array("float64"), Null())),
    'Frame({"sepal": "float64", "k": "str"})': Frame((("sepal", "float64"), ("k", "str"))),
    'Series("int64")': Series("int64"),
    "dict[str, int]": DictOf(Scalar("int")),
    'dict[Literal["a"], int]': DictOf(Scalar("int"), LiteralOf(("a",))),
    "set[str]": SetOf(STR),
    "frozenset[str]": SetOf(STR, frozen=True),
    "tuple[int, str]": TupleOf((Scalar("int"), STR)),
    "tuple[int]": TupleOf((Scalar("int"),)),
    "tuple[int, ...]": TupleOf(rest=Scalar("int")),
    "datetime | None": UnionOf((Scalar("datetime"), Null())),
    'TypedDict("Reply", {"a b": str})': Record(
        "Reply", "typeddict", (RecordField("a b", STR),), declared=False
    ),
}


@pytest.mark.parametrize("text", SAID)
def test_a_type_reads_as_one_would_write_it(text: str) -> None:
    assert expression(SAID[text]) == text
    assert parse_expression(text) == SAID[text]


def test_classes_are_said_by_their_name(make_slice: Callable[..., Slice]) -> None:
    slice_ = make_slice("from enum import Enum\nclass Colour(Enum):\n    RED = 'red'\n")
    assert expression(EnumOf("Colour", ("red",))) == "Colour"
    assert parse_expression("list[Colour]", slice_) == ListOf(EnumOf("Colour", ("red",)))


def test_text_that_needs_escapes_stays_as_python_writes_it() -> None:
    for text in ("it's", 'say "so"', "a\\b", "\u2028", "\n", "é"):
        assert ast.literal_eval(expression(LiteralOf((text,)))[8:-1]) == text


def test_imports_are_what_the_expressions_need() -> None:
    types: list[Type] = [ListOf(Array("float64")), Scalar("datetime"), AnyJson(), Hole(), STR]
    assert imports_for(types) == (
        Import("datetime", "datetime", "datetime"),
        Import("modelship_runtime", "Array", "Array"),
        Import("typing", "Any", "Any"),
    )
    assert ast.unparse(imports_for(types)[2].statement()) == "from typing import Any"


def test_the_classes_of_the_notebook_are_not_imported() -> None:
    flower = Record("Flower", "dataclass", (RecordField("when", Scalar("datetime")),))
    assert imports_for([ListOf(flower)]) == ()


def test_the_notebook_s_own_words_go_first(make_slice: Callable[..., Slice]) -> None:
    names = names_of(
        make_slice("import datetime as dt\nimport typing as t\nfrom typing import Literal as L")
    )
    types = (Scalar("date"), AnyJson(), LiteralOf(("a",)))
    assert [expression(one, names) for one in types] == ["dt.date", "t.Any", 'L["a"]']
    assert imports_for(types, names) == ()


def test_a_name_that_the_notebook_uses_for_its_own_is_said_otherwise(
    make_slice: Callable[..., Slice],
) -> None:
    names = names_of(make_slice("Array = 1\nlist = [2]\ndef datetime(): ...\ndef datetime_(): ..."))
    types = (ListOf(Array("bool")), Scalar("datetime"))
    assert [expression(one, names) for one in types] == ['list_[Array_("bool")]', "datetime__"]
    assert imports_for(types, names) == (
        Import("builtins", "list", "list_"),
        Import("datetime", "datetime", "datetime__"),
        Import("modelship_runtime", "Array", "Array_"),
    )
    statement = ast.unparse(imports_for(types, names)[0].statement())
    assert statement == "from builtins import list as list_"


def test_a_name_that_is_there_for_type_checkers_only_is_not_said(
    make_slice: Callable[..., Slice],
) -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from datetime import date\n"
    slice_ = make_slice(source + "def f(x: date): ...")
    names = names_of(slice_)
    assert expression(Scalar("date"), names) == "date_"
    assert imports_for([Scalar("date")], names) == (Import("datetime", "date", "date_"),)
    assert parse_expression("date", slice_) == Scalar("date")


def test_an_import_that_is_bound_again_is_not_said(make_slice: Callable[..., Slice]) -> None:
    names = names_of(make_slice("from datetime import date\ndate = 3"))
    assert expression(Scalar("date"), names) == "date_"


def test_a_message_says_of_a_hole_what_is_known() -> None:
    assert said(UnionOf((Hole("frame"), Null()))) == "pandas.DataFrame | None"
    assert said(ListOf(Hole())) == "list[Any]"
    assert said(Hole("array", "float64")) == 'Array("float64")'
