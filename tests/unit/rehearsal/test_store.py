"""Stored values come back as they were, in the plainest format that manages it."""

from __future__ import annotations

import collections
import decimal
import functools
import io
import sqlite3
import sys
import threading
import types
from pathlib import Path
from typing import Any

import joblib
import numpy
import pandas
import pytest

from jupyter_modelship.rehearsal.injected import alias
from jupyter_modelship.rehearsal.injected.store import NotStored, is_plain, load, store

SHARED: list[int] = []
DEEP: list[Any] = []
for _ in range(2000):
    DEEP = [DEEP]

PLAIN: list[Any] = [None, True, 1, -0.0, "a\ud800", [], {"a": [1, {"b": None}]}, 10**500]
NOT_PLAIN = [
    float("nan"),
    float("inf"),
    (1, 2),
    {1, 2},
    {1: "a"},
    b"x",
    [SHARED, SHARED],
    10**2000,
    [True, decimal.Decimal(1)],
    collections.OrderedDict(a=1),
    list(range(200_001)),
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:20])
def test_plain_data_ships_as_json(value: Any, tmp_path: Path) -> None:
    entry = store(value, "value", tmp_path)
    assert entry == {"file": "value.json", "format": "json", "modules": [], "own": []}
    back = load(tmp_path / "value.json", "json")
    assert (repr(back), type(back)) == (repr(value), type(value))


@pytest.mark.parametrize("value", NOT_PLAIN, ids=lambda value: repr(value)[:20])
def test_what_json_would_change_is_not_plain(value: Any, tmp_path: Path) -> None:
    assert not is_plain(value)
    assert store(value, "value", tmp_path)["format"] == "pickle"


FORMATS = [
    (numpy.arange(6.0).reshape(2, 3), "npy", ["numpy"]),
    (numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "npy", ["numpy"]),
    (numpy.array([{}], dtype=object), "joblib", ["joblib", "numpy"]),
    (numpy.float64(2), "joblib", ["joblib", "numpy"]),
    (decimal.Decimal("1.5"), "pickle", ["decimal"]),
    (functools.partial(int, base=2), "pickle", ["functools"]),
    (["x".join, len], "pickle", []),
]


@pytest.mark.parametrize(("value", "name", "modules"), FORMATS, ids=lambda v: repr(v)[:20])
def test_the_format_and_the_modules_that_loading_imports(
    value: Any, name: str, modules: list[str], tmp_path: Path
) -> None:
    entry = store(value, "value", tmp_path)
    assert entry == {"file": f"value.{name}", "format": name, "modules": modules, "own": []}
    assert type(load(tmp_path / f"value.{name}", name)) is type(value)


def fitted() -> Any:
    from sklearn.linear_model import LinearRegression  # takes a second: not while collecting

    return LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])


def test_estimators_are_pickled_and_those_that_hold_arrays_by_joblib(tmp_path: Path) -> None:
    from sklearn.preprocessing import FunctionTransformer

    model = fitted()
    with_arrays = ("joblib", ["joblib", "numpy", "sklearn"])
    for value, name, modules in (
        (type(model)(), "pickle", ["sklearn"]),
        (model, *with_arrays),
        (FunctionTransformer(numpy.log1p), *with_arrays),
    ):
        entry = store(value, "value", tmp_path)
        assert entry == {"file": f"value.{name}", "format": name, "modules": modules, "own": []}
        assert type(load(tmp_path / f"value.{name}", name)) is type(value)


def test_frames_without_pyarrow_are_pickled(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"a": [1, 2]})
    entry = store(frame, "frame", tmp_path)
    assert entry["format"] == "joblib"
    assert {"joblib", "numpy", "pandas"} <= set(entry["modules"])
    assert load(tmp_path / entry["file"], "joblib").equals(frame)


def test_two_dumps_of_one_value_are_the_same_bytes(tmp_path: Path) -> None:
    model = fitted()
    files = [tmp_path / store(model, stem, tmp_path)["file"] for stem in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()


def closure() -> Any:
    return lambda: None


class Returned:
    """Comes back from a pickle as something else."""

    def __reduce__(self) -> Any:
        return list, ()


class Broken:
    """Can be written and not be read."""

    def __reduce__(self) -> Any:
        return int, ("x",)


UNSTORABLE = [
    (closure(), "closure.<locals>.<lambda>"),
    (io.StringIO, None),
    (threading.Lock(), "cannot pickle '_thread.lock' object"),
    ([open(__file__, encoding="utf-8")], "cannot pickle"),  # noqa: PTH123, SIM115 - as notebooks do
    (sqlite3.connect(":memory:"), "cannot pickle 'sqlite3.Connection' object"),
    ((at for at in [1]), "cannot pickle 'generator' object"),
    (Returned(), "it comes back as list"),
    (Broken(), "it cannot be read back: ValueError: invalid literal"),
]


@pytest.mark.parametrize(("value", "reason"), UNSTORABLE, ids=lambda v: repr(v)[:20])
def test_what_cannot_be_stored_says_why(value: Any, reason: str | None, tmp_path: Path) -> None:
    if reason is None:
        assert store(value, "value", tmp_path)["modules"] == ["_io"]
        return
    with pytest.raises(NotStored) as caught:
        store(value, "value", tmp_path)
    assert reason in str(caught.value)


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A notebook's namespace in the place of `__main__`."""
    module = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    source = """
class Outer:
    class Inner:
        pass

def double(value):
    return 2 * value
"""
    exec(compile(source, "<notebook>", "exec"), module.__dict__)
    return module


def test_what_ships_is_pickled_as_part_of_the_service(
    main: types.ModuleType, tmp_path: Path
) -> None:
    value = [main.Outer(), main.Outer.Inner(), main.double, numpy.zeros(2)]
    with alias.as_service(["Outer", "double"]):
        entry = store(value, "value", tmp_path)
    assert entry["own"] == ["Outer", "double"]
    assert entry["modules"] == ["joblib", "numpy"]
    assert b"__main__" not in (tmp_path / "value.joblib").read_bytes()
    assert (main.Outer.__module__, main.Outer.Inner.__module__) == ("__main__", "__main__")
    assert "service" not in sys.modules

    served = types.ModuleType("service")
    served.__dict__.update(Outer=main.Outer, double=main.double)
    sys.modules["service"] = served
    try:
        back = joblib.load(tmp_path / "value.joblib")
    finally:
        del sys.modules["service"]
    assert (type(back[1]), back[2](2)) == (main.Outer.Inner, 4)


def test_what_does_not_ship_is_named(main: types.ModuleType, tmp_path: Path) -> None:
    with alias.as_service([]):
        assert store(main.Outer(), "value", tmp_path)["own"] == ["Outer"]


def test_a_module_called_service_of_the_users_own_is_put_back(main: types.ModuleType) -> None:
    own = types.ModuleType("service")
    sys.modules["service"] = own
    try:
        with alias.as_service([]):
            assert sys.modules["service"] is main
        assert sys.modules["service"] is own
    finally:
        del sys.modules["service"]
