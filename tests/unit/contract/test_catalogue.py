"""Every kind of finding is made by some notebook, and by no more than its own reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_modelship.contract import CATALOGUE, Seen, declare, fill
from jupyter_modelship.model import Slice

BUNCH: dict[str, Any] = {"kind": "other", "type": "sklearn.utils.Bunch"}
FAR: dict[str, Any] = {"kind": "record", "name": "Far", "style": "dataclass", "fields": {}}
IMPORTS = "import numpy as np\nimport numpy.typing as npt\nimport datetime\n"
CASES: dict[str, tuple[str, Seen, str]] = {
    "contract-unsupported-type": ("def f(x: complex) -> int: ...", Seen({"x": [FAR]}), "POST"),
    "contract-unreadable-annotation": ("def f() -> 1 + 1: ...", Seen(), "POST"),
    "contract-unknown-name": ("def f() -> Flower: ...", Seen(), "POST"),
    "contract-parameter-unknown": ("def f(x) -> int: ...", Seen(), "POST"),
    "contract-result-unknown": ("def f(): ...", Seen(), "POST"),
    "contract-contradiction": ("def f() -> int: ...", Seen(returns=({"kind": "str"},)), "POST"),
    "contract-not-json": ("def f() -> int: ...", Seen(returns=(BUNCH,)), "POST"),
    "contract-class-stays": ("def f(x) -> int: ...", Seen({"x": [FAR]}), "POST"),
    "contract-get-parameter": ("def f(x: list[int]) -> int: ...", Seen(), "GET"),
    "contract-ambiguous-union": ("def f(x: str | datetime.date) -> int: ...", Seen(), "POST"),
    "contract-odd-key": (
        "def f(x) -> int: ...",
        Seen({"x": [{"kind": "frame", "columns": [['a"b', "int64"]]}]}),
        "POST",
    ),
    "contract-default-differs": ("def f(x: int = 'a') -> int: ...", Seen(), "POST"),
    "contract-route-twice": (
        "def f() -> int: ...\ndef g() -> int: ...",
        Seen(),
        "POST /same",
    ),
    "contract-array-shape-unknown": (
        "def f(x: npt.NDArray[np.float64]) -> int: ...",
        Seen(),
        "POST",
    ),
}


def test_every_kind_of_finding_has_a_case() -> None:
    assert [check.code for check in CATALOGUE] == list(CASES)


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)
def test_a_finding_is_made_where_its_reason_is(
    check: Any, make_slice: Callable[..., Slice]
) -> None:
    source, seen, route = CASES[check.code]
    slice_ = make_slice(IMPORTS + source, route)
    contract, declared = declare(slice_)
    _, filled = fill(contract, {"f": seen}, slice_=slice_)
    findings = {one.code: one for one in reversed((*declared, *filled))}
    found = findings[check.code]
    assert found.severity == check.severity
    assert (found.cell, found.number) == ("c1", 5)
    assert found.remedy
    assert found.message.startswith("f")


def test_a_sound_notebook_has_none(make_slice: Callable[..., Slice]) -> None:
    contract, findings = declare(make_slice("def f(x: int = 1) -> int: ..."))
    assert findings == ()
    assert fill(contract, {})[1] == ()


def test_rows_say_all_that_a_page_needs() -> None:
    for check in CATALOGUE:
        assert check.code.startswith("contract-")
        assert all((check.title, check.why, check.remedy))
