"""Holes are filled from what was seen; what was declared is held to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_modelship.contract import (
    AnyJson,
    Array,
    Contract,
    EndpointContract,
    Hole,
    LiteralOf,
    Null,
    Record,
    RecordField,
    Seen,
    declare,
    expression,
    fill,
    holes,
    seen_from_json,
)
from jupyter_modelship.model import Finding, Slice

PREAMBLE = """
import numpy as np, pandas as pd
import numpy.typing as npt
from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Optional, TypedDict

@dataclass
class Flower:
    a: float
    tags: list

@dataclass
class Node:
    value: int
    next: "Node | None" = None

@dataclass
class Scores:
    values: np.ndarray

class Movie(TypedDict):
    name: str
    year: int

Bare = namedtuple("Bare", "a b")
"""
J, F, S, B, NULL = ({"kind": kind} for kind in ("int", "float", "str", "bool", "null"))
Description = dict[str, Any]
Fill = Callable[..., tuple[Contract, tuple[Finding, ...]]]


def lists(*items: Description) -> Description:
    return {"kind": "list", "items": list(items)}


def dicts(**fields: Description) -> Description:
    return {"kind": "dict", "fields": fields}


def array(dtype: str, *shape: int) -> Description:
    return {"kind": "array", "dtype": dtype, "shape": list(shape)}


def record(name: str, **fields: Description) -> Description:
    return {"kind": "record", "name": name, "style": "dataclass", "fields": fields}


FRAME: Description = {"kind": "frame", "columns": [["a", "float64"], ["b", "str"]]}
SERIES: Description = {"kind": "series", "dtype": "int64", "name": "a"}
FLOWER = record("Flower", a=F, tags=lists(S))
NODE = record("Node", value=J, next=record("Node", value=J, next=NULL))


@pytest.fixture(scope="module")
def filled(make_slice: Callable[..., Slice]) -> Fill:
    """Fill the contract of one function `f` from what it took as `x` and returned."""

    def of(
        function: str,
        *takes: Description,
        returns: tuple[Description, ...] = (),
        route: str = "POST",
    ) -> tuple[Contract, tuple[Finding, ...]]:
        slice_ = make_slice(PREAMBLE + function, route)
        contract, findings = declare(slice_)
        assert findings == ()
        return fill(contract, {"f": Seen({"x": takes}, returns)}, slice_=slice_)

    return of


FILLED: list[tuple[tuple[Any, ...], str]] = [
    (("x", J), "int"),
    (("x", F), "float"),
    (("x", lists(F)), "list[float]"),
    (("x", array("float64", 9, 4)), 'Array("float64", (None, 4))'),
    (("x", FRAME), 'Frame({"a": "float64", "b": "str"})'),
    (("x", SERIES), 'Series("int64")'),
    (("x", FLOWER), "Flower"),
    (("x: list", lists(J)), "list[int]"),
    (("x: list", array("float64", 3, 2)), 'list[Array("float64", (None,))]'),
    (("x: list[dict]", lists(dicts(a=J))), "list[dict[str, int]]"),
    (("x: set", {"kind": "set", "items": [S]}), "set[str]"),
    (("x: dict", dicts(a=S, b=J)), 'TypedDict("FX", {"a": str, "b": int})'),
    (("x: tuple", {"kind": "tuple", "items": [J, S]}), "tuple[int, str]"),
    (("x: tuple[list, int]", {"kind": "tuple", "items": [lists(J), J]}), "tuple[list[int], int]"),
    (("x: tuple[list, ...]", {"kind": "tuple", "items": [lists(J)]}), "tuple[list[int], ...]"),
    (("x: np.ndarray", array("int64", 3)), 'Array("int64", (None,))'),
    (("x: np.ndarray", lists(lists(F))), 'Array("float64", (None, None))'),
    (("x: npt.NDArray[np.float32]", array("float64", 2, 3)), 'Array("float32", (None, 3))'),
    (("x: Optional[np.ndarray]", array("int64", 2, 3)), 'Array("int64", (None, 3)) | None'),
    (("x: Optional[np.ndarray] = None", NULL, array("int64", 3)), 'Array("int64", (None,)) | None'),
    (("x: list | dict", dicts(a=J), lists(S)), "list[str] | dict[str, int]"),
    (("x: pd.DataFrame", FRAME), 'Frame({"a": "float64", "b": "str"})'),
    (("x: pd.Series", SERIES), 'Series("int64")'),
    (("x: dict[str, list]", dicts(a=lists(J), b=lists(F))), "dict[str, list[float]]"),
    (("x=None", J), "int | None"),
    (("x=1", F), "float"),
    (("x=1",), "int"),
    (("x=[1, 2.5]",), "list[float]"),
    (("x='a'",), "str"),
    (("x=True",), "bool"),
    (("x: dict = None", dicts(a=F)), "dict[str, float] | None"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "said"), FILLED)
def test_a_hole_is_filled_from_what_was_seen(
    case: tuple[Any, ...], said: str, filled: Fill
) -> None:
    parameter, *seen = case
    contract, findings = filled(f"def f({parameter}) -> None: ...", *seen)
    assert findings == ()
    assert expression(contract.endpoint("f").takes[0].type) == said
    assert holes(contract) == ()


HELD = [
    ("float", J),
    ("float", {"kind": "numpy", "dtype": "int64"}),
    ("int", {"kind": "numpy", "dtype": "uint8"}),
    ("list[float]", array("float64", 4)),
    ("list[float]", {"kind": "tuple", "items": [J, F]}),
    ("list[list[float]]", array("int64", 4, 2)),
    ("list[list[float]]", lists(array("float64", 4))),
    ("list[int]", lists()),
    ("dict[str, int]", dicts(a=J)),
    ("Any", lists(J, S)),
    ("Movie", dicts(name=S, year=J)),
    ("Node | None", NULL),
    ("list[Node]", lists(NODE)),
    ("Node", NODE),
    ("int | str", S),
    ("tuple[int, ...]", {"kind": "tuple", "items": []}),
]


@pytest.mark.parametrize(("annotation", "seen"), HELD)
def test_what_was_declared_stays(annotation: str, seen: Description, filled: Fill) -> None:
    contract, findings = filled(
        f"def f(x: {annotation}) -> {annotation}: ...", seen, returns=(seen,)
    )
    endpoint = contract.endpoint("f")
    assert findings == ()
    assert expression(endpoint.takes[0].type) == expression(endpoint.returns) == annotation


CONTRADICTED = {
    ("int", "float"): (F,),
    ("int", "bool"): (B,),
    ("bool", "int"): (J,),
    ("str", "int"): (J,),
    ("list[float]", "list[str]"): (lists(S),),
    ("list[float]", "float"): (F,),
    ("int", "int | None"): (J, NULL),
    ("Movie", 'TypedDict("dict", {"name": str, "when": int})'): (dicts(name=S, when=J),),
    ("numpy.ndarray", "str"): (S,),
    ("pandas.DataFrame", 'Series("int64")'): (SERIES,),
    ("dict", "list[int]"): (lists(J),),
    ("tuple", "list[int]"): (lists(J),),
    ("Decimal", "float"): (F,),
    ("tuple[int, str]", "tuple[int]"): ({"kind": "tuple", "items": [J]},),
    ('Array("int64")', 'Array("float64", (None,))'): (array("float64", 3),),
}


@pytest.mark.parametrize("sides", CONTRADICTED)
def test_a_contradiction_names_both_sides(sides: tuple[str, str], filled: Fill) -> None:
    said, seen = sides
    source = {
        "numpy.ndarray": "np.ndarray",
        "pandas.DataFrame": "pd.DataFrame",
        'Array("int64")': "npt.NDArray[np.int64]",
    }.get(said, said)
    _, findings = filled(f"def f() -> {source}: ...", returns=CONTRADICTED[sides])
    finding = findings[0]
    assert (finding.code, finding.severity) == ("contract-contradiction", "block")
    assert finding.message == f"f returns is declared `{said}`, but the rehearsal saw `{seen}`"
    assert (finding.cell, finding.number) == ("c1", 5)


def test_a_parameter_that_nobody_knows_blocks_a_result_may_be_anything(filled: Fill) -> None:
    contract, findings = filled("def f(x, y: list, z: pd.DataFrame): ...")
    assert [(one.code, one.severity, one.message) for one in findings] == [
        ("contract-parameter-unknown", "block", "f.x: its type is not known"),
        ("contract-parameter-unknown", "block", "f.y: its type is known in part only"),
        ("contract-parameter-unknown", "block", "f.z: its type is known in part only"),
        ("contract-result-unknown", "note", "f returns: its type is not known"),
    ]
    assert contract.endpoint("f").returns == AnyJson()


def test_an_array_whose_shape_was_never_seen_is_a_note(filled: Fill) -> None:
    contract, (finding,) = filled("def f(x: npt.NDArray[np.float64]) -> None: ...")
    assert (finding.code, finding.severity) == ("contract-array-shape-unknown", "note")
    assert contract.endpoint("f").takes[0].type == Array("float64")


def test_frames_of_different_columns_leave_the_hole(filled: Fill) -> None:
    other: Description = {"kind": "frame", "columns": [["z", "int64"]]}
    contract, (finding,) = filled("def f(x: pd.DataFrame) -> None: ...", FRAME, other)
    assert finding.code == "contract-parameter-unknown"
    assert contract.endpoint("f").takes[0].type == Hole("frame")


def test_what_has_no_json_form_blocks_even_where_anything_was_declared(filled: Fill) -> None:
    bunch: Description = {"kind": "other", "type": "sklearn.utils.Bunch"}
    _, findings = filled("def f(x) -> Any: ...", lists(bunch), returns=(bunch,))
    assert [one.message for one in findings if one.code == "contract-not-json"] == [
        "f.x was given `sklearn.utils.Bunch`",
        "f returned `sklearn.utils.Bunch`",
    ]


def test_a_parameter_of_a_class_that_stays_behind_blocks_a_result_does_not(filled: Fill) -> None:
    far = record("Far", a=S, b=J)
    contract, findings = filled("def f(x): ...", far, returns=(far,))
    assert [one.code for one in findings] == ["contract-class-stays", "contract-parameter-unknown"]
    assert expression(contract.endpoint("f").returns) == 'TypedDict("Far", {"a": str, "b": int})'


@pytest.mark.parametrize("arrow", [" -> Scores", ""])
def test_an_array_in_a_class_that_is_returned_is_filled(arrow: str, filled: Fill) -> None:
    seen = record("Scores", values=array("float64", 3))
    contract, findings = filled(f"def f(){arrow}: ...", returns=(seen,))
    assert findings == ()
    assert contract.endpoint("f").returns == Record(
        "Scores", "dataclass", (RecordField("values", Array("float64", (None,))),)
    )


def test_an_instance_that_differs_from_its_class_contradicts_it(filled: Fill) -> None:
    _, findings = filled("def f(x: Node) -> None: ...", record("Node", value=S, next=NULL))
    assert findings[0].code == "contract-contradiction"


def test_a_get_endpoint_that_was_given_a_list_is_refused(filled: Fill) -> None:
    _, (finding,) = filled("def f(x) -> None: ...", lists(J), route="GET")
    assert finding.code == "contract-get-parameter"
    assert finding.message == "f.x was seen as `list[int]`"


def test_what_the_rehearsal_writes_is_read() -> None:
    document = {"f": {"takes": {"x": [J]}, "returns": [F]}, "g": {}}
    assert seen_from_json(document) == {"f": Seen({"x": [J]}, (F,)), "g": Seen({}, ())}


def test_nothing_seen_changes_nothing_declared(make_slice: Callable[..., Slice]) -> None:
    contract, _ = declare(make_slice("def f(x: int) -> None: ..."))
    assert fill(contract, {}) == (contract, ())
    assert contract.endpoint("f").returns == Null()


def test_a_literal_is_not_contradicted_by_a_value_of_its_kind() -> None:
    names = LiteralOf(("setosa", "virginica"))
    contract = Contract((EndpointContract("predict", "POST", "/predict", (), names),))
    good, found = fill(contract, {"predict": Seen(returns=({"kind": "str"},))})
    assert (good, found) == (contract, ())
    _, found = fill(contract, {"predict": Seen(returns=({"kind": "int"},))})
    assert [one.code for one in found] == ["contract-contradiction"]
