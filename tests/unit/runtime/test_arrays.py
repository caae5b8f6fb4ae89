"""numpy and pandas on the wire: dtypes, shapes, columns, and what does not fit."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from jupyter_modelship.runtime import Array, Frame, Series
from jupyter_modelship.runtime.problems import Flaw, Refused
from jupyter_modelship.runtime.wire import wire


def decoded(kind: Any, text: str) -> Any:
    found = wire(kind)
    value = msgspec.json.decode(text.encode(), type=found.type)
    assert found.revive is not None
    return found.revive(value)


@pytest.mark.parametrize(
    ("kind", "text", "array"),
    [
        (Array("float64", (None, 2)), "[[1, 2.5]]", np.array([[1, 2.5]])),
        (Array("float64", (None, 2)), "[]", np.zeros((0, 2))),
        (Array("float64", (2, None)), "[[], []]", np.zeros((2, 0))),
        (Array("int32", (None,)), "[1]", np.array([1], dtype="int32")),
        (Array("uint64", (None,)), "[18446744073709551615]", np.array([2**64 - 1], dtype="uint64")),
        (Array("bool", (1, 1, 1)), "[[[true]]]", np.array([[[True]]])),
        (Array("str", (None,)), '["ab", "c"]', np.array(["ab", "c"])),
        (Array("float64", ()), "3", np.array(3.0)),
        (Array("float64"), "[[1, 2], [3, 4]]", np.array([[1.0, 2.0], [3.0, 4.0]])),
        (Array("int8"), "[]", np.array([], dtype="int8")),
        (Array("object", (None,)), '[1, "a"]', np.array([1, "a"], dtype=object)),
        (Array("datetime64[ns]", (None,)), '["2026-01-01T01:00:00+01:00"]',
         np.array(["2026-01-01T00:00:00"], dtype="datetime64[ns]")),
    ],
)  # fmt: skip
def test_nested_lists_become_an_array(kind: Any, text: str, array: Any) -> None:
    found = decoded(kind, text)
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Array("float64", (None, 2)), "[[1]]"),
        (Array("float64", (None, 2)), "[1, 2]"),
        (Array("float64", (None,)), '["1"]'),
        (Array("float64", (None,)), "[null]"),
        (Array("int64", (None,)), "[1.5]"),
        (Array("uint8", (None,)), "[256]"),
        (Array("uint8", (None,)), "[-1]"),
        (Array("bool", (None,)), "[1]"),
        (Series("int64"), "[null]"),
        (Frame({"a": "float64"}), '[{"a": null}]'),
        (Frame({"a": "float64"}), "[{}]"),
        (Frame({"a": "float64"}), '[{"a": 1, "b": 2}]'),
        (Frame({"a": "object"}), '[{"a": []}]'),
    ],
)
def test_what_does_not_fit_is_refused_while_decoding(kind: Any, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(kind, text)


@pytest.mark.parametrize(
    ("kind", "text", "flaw"),
    [
        (Array("float64", (None, None)), "[[1, 2], [3]]",
         Flaw("/1", "this row has another length than the first")),
        (Array("float64", (None, None, None)), "[[[1], [2]], [[1], [2, 3]]]",
         Flaw("/1/1", "this row has another length than the first")),
        (Array("float64"), "[[1, 2], 3]",
         Flaw("/1", "this row has another length than the first")),
        (Array("float64"), '["1"]', Flaw("", "not an array of float64")),
        (Array("int8"), "[300]", Flaw("", "a number does not fit int8")),
        (Array("int8"), "[1.5]", Flaw("", "not an array of int8")),
        (Array("float32", (None,)), "[1e300]", Flaw("", "a number does not fit float32")),
        (Array("uint64", (None,)), "[18446744073709551616]",
         Flaw("", "the values do not fit the array")),
        (Series("Int8"), "[300]", Flaw("", "not a series of Int8")),
    ],
)  # fmt: skip
def test_what_decodes_but_does_not_fit_is_refused_with_its_place(
    kind: Any, text: str, flaw: Flaw
) -> None:
    with pytest.raises(Refused) as refused:
        decoded(kind, text)
    assert refused.value.flaws == (flaw,)


def test_records_become_a_frame_in_the_declared_order() -> None:
    kind = Frame({"width (cm)": "float64", "name": "str", "n": "Int64", "c": "category"})
    found = decoded(kind, '[{"c": "x", "n": null, "name": "a", "width (cm)": 1}]')
    expected = pd.DataFrame(
        {
            "width (cm)": pd.Series([1.0]),
            "name": pd.Series(["a"], dtype="str"),
            "n": pd.Series([None], dtype="Int64"),
            "c": pd.Series(["x"], dtype="category"),
        }
    )
    pd.testing.assert_frame_equal(found, expected)


def test_no_rows_become_an_empty_frame_with_its_dtypes() -> None:
    found = decoded(Frame({"a": "float64", "b": "int64"}), "[]")
    pd.testing.assert_frame_equal(
        found, pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype="int64")})
    )


def test_times_with_a_zone_are_said_in_utc_where_the_dtype_knows_none() -> None:
    found = decoded(Frame({"t": "datetime64[ns]"}), '[{"t": "2026-01-01T01:00:00+01:00"}]')
    assert found["t"].tolist() == [pd.Timestamp("2026-01-01T00:00:00")]


def test_a_list_becomes_a_series() -> None:
    pd.testing.assert_series_equal(decoded(Series("float64"), "[1, 2]"), pd.Series([1.0, 2.0]))


def test_dtypes_without_json_form_are_refused_at_registration() -> None:
    with pytest.raises(TypeError, match="complex128 have no JSON form"):
        wire(Array("complex128", (None,)))


def test_arrays_can_be_optional() -> None:
    found = wire(Array("float64", (None,)) | None)
    assert found.revive is not None
    assert found.revive(None) is None
    assert found.revive([1.0]).tolist() == [1.0]
