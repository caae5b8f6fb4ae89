"""What a name in an annotation means: the last thing that the shipped statements bind it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jupyter_modelship.contract import ListOf, Scalar, declare
from jupyter_modelship.model import Computed, Slice

STR = Scalar("str")


def test_the_last_binding_of_a_name_counts(make_slice: Callable[..., Slice]) -> None:
    contract, _ = declare(make_slice("Row = list[int]\nRow = list[str]\ndef f(x: Row): ..."))
    assert contract.endpoint("f").takes[0].type == ListOf(STR)


def test_a_name_that_hides_a_builtin_is_not_the_builtin(make_slice: Callable[..., Slice]) -> None:
    _, (finding,) = declare(make_slice("def _x(): ...\nstr = _x\ndef f(x: str): ..."))
    assert finding.code == "contract-unsupported-type"


def test_a_class_that_hides_a_builtin_is_not_the_builtin(make_slice: Callable[..., Slice]) -> None:
    _, (finding,) = declare(make_slice("class list: ...\ndef f(x: list[int]): ..."))
    assert finding.code == "contract-unsupported-type"


def test_a_computed_name_is_no_type(make_slice: Callable[..., Slice]) -> None:
    slice_ = make_slice("def f(x: model): ...")
    slice_ = replace(slice_, computed=(Computed("model", ("c1",), 0),))
    _, (finding,) = declare(slice_)
    assert finding.code == "contract-unsupported-type"
