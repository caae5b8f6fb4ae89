"""`Array`, `Series`, `Frame`: how a registration says that a function takes numpy or pandas.

On the wire an array is nested lists, a series a list, and a frame a list of objects, one a row.
numpy and pandas are imported only when a service registers such a type.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from .problems import INVALID, Flaw, Refused

Shape = tuple["int | None", ...]


@dataclass(frozen=True)
class ArrayType:
    """Wire form of a numpy array."""

    dtype: str
    shape: Shape | None

    def wire(self) -> Any:
        """What msgspec decodes: nested lists with the lengths that are known."""
        import numpy

        leaf = _leaf(numpy.dtype(self.dtype), self.dtype)
        if self.shape is None:
            return list[Any]
        for length in reversed(self.shape):
            leaf = list[leaf]  # type: ignore[valid-type]  # a type made while running
            if length is not None:
                leaf = Annotated[leaf, msgspec.Meta(min_length=length, max_length=length)]
        return leaf

    def revive(self) -> Callable[[Any], Any]:
        """From nested lists to the array; raises Refused where rows differ in length."""
        import numpy

        dtype = numpy.dtype(self.dtype)
        shape = self.shape
        narrow = dtype.kind == "f" and dtype.itemsize < 8
        timed = dtype.kind == "M"

        def array(value: Any) -> Any:
            if timed:
                value = _in_utc(value)
            try:
                with numpy.errstate(over="ignore"):  # infinity is looked for below
                    made = numpy.array(value, dtype=None if shape is None else dtype)
            except (ValueError, OverflowError, TypeError):
                raise Refused(INVALID, (_ragged(value),)) from None
            if shape is None:
                made = _cast(made, dtype)
            elif made.ndim != len(shape):  # an empty list tells nothing of the inner dimensions
                made = made.reshape(tuple(length or 0 for length in shape))
            if narrow and not numpy.isfinite(made).all():
                raise Refused(INVALID, (Flaw("", f"a number does not fit {self.dtype}"),))
            return made

        return array


@dataclass(frozen=True)
class SeriesType:
    """Wire form of a pandas series; its index does not travel."""

    dtype: str

    def wire(self) -> Any:
        """What msgspec decodes: a list."""
        leaf = _column_leaf(self.dtype)
        return list[leaf]  # type: ignore[valid-type]  # a type made while running

    def revive(self) -> Callable[[Any], Any]:
        """From a list to the series."""
        import pandas

        def series(values: Any) -> Any:
            try:
                return _series(pandas, values, self.dtype)
            except (ValueError, OverflowError, TypeError):
                raise Refused(INVALID, (Flaw("", f"not a series of {self.dtype}"),)) from None

        return series


@dataclass(frozen=True)
class FrameType:
    """Wire form of a pandas frame: its columns in order, with their dtypes."""

    columns: tuple[tuple[str, str], ...]

    def wire(self) -> Any:
        """What msgspec decodes: a list of rows, every column required."""
        fields = [
            (f"c{index}", _column_leaf(dtype)) for index, (_, dtype) in enumerate(self.columns)
        ]
        names = {f"c{index}": name for index, (name, _) in enumerate(self.columns)}
        row = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True)
        return list[row]  # type: ignore[valid-type]  # a type made while running

    def revive(self) -> Callable[[Any], Any]:
        """From rows to the frame, columns in the declared order."""
        import pandas

        names = [name for name, _ in self.columns]
        dtypes = [dtype for _, dtype in self.columns]

        def frame(rows: Any) -> Any:
            values = zip(*map(msgspec.structs.astuple, rows), strict=True)
            columns = list(values) if rows else [()] * len(names)
            try:
                made = [
                    _series(pandas, column, dtype)
                    for column, dtype in zip(columns, dtypes, strict=True)
                ]
            except (ValueError, OverflowError, TypeError):
                raise Refused(INVALID, (Flaw("", "a column does not fit its dtype"),)) from None
            table = (
                pandas.concat(made, axis=1) if made else pandas.DataFrame(index=range(len(rows)))
            )
            table.columns = names
            return table

        return frame


def Array(dtype: str, shape: Shape | None = None) -> Any:  # noqa: N802 - reads as a type
    """A numpy array of that dtype. `shape`: a length or None (any) a dimension; no shape: any."""
    return Annotated[Any, ArrayType(dtype, shape)]


def Series(dtype: str) -> Any:  # noqa: N802 - reads as a type
    """A pandas series of that dtype."""
    return Annotated[Any, SeriesType(dtype)]


def Frame(columns: Mapping[str, str]) -> Any:  # noqa: N802 - reads as a type
    """A pandas frame with these columns (name -> dtype), in this order."""
    return Annotated[Any, FrameType(tuple(columns.items()))]


def _leaf(dtype: Any, name: str) -> Any:
    """The JSON type of one element of a numpy array."""
    kinds: dict[str, Any] = {
        "f": float,
        "b": bool,
        "U": str,
        "S": bytes,
        "O": Any,
        "M": datetime.datetime,
    }
    if dtype.kind in "iu":
        import numpy

        bounds = numpy.iinfo(dtype)
        if bounds.max >= 2**63:  # beyond what msgspec can compare: numpy refuses it
            return Annotated[int, msgspec.Meta(ge=int(bounds.min))]
        return Annotated[int, msgspec.Meta(ge=int(bounds.min), le=int(bounds.max))]
    if dtype.kind not in kinds:
        raise TypeError(f"arrays of {name} have no JSON form")
    return kinds[dtype.kind]


def _column_leaf(dtype: str) -> Any:
    if dtype in ("str", "string") or dtype.startswith("string["):
        return str
    if dtype in ("object", "category"):
        return str | int | float | bool | None
    if dtype.startswith("datetime64"):
        return datetime.datetime
    if dtype[:3] in ("Int", "UIn"):
        return int | None
    if dtype == "boolean":
        return bool | None
    if dtype.startswith("Float"):
        return float | None
    import numpy

    return _leaf(numpy.dtype(dtype), dtype)


def _series(pandas: Any, values: Any, dtype: str) -> Any:
    plain = dtype.startswith("datetime64") and "," not in dtype
    return pandas.Series(_in_utc(list(values)) if plain else list(values), dtype=dtype)


def _in_utc(value: Any) -> Any:
    """numpy's times know no zone: those that have one are said in UTC."""
    if isinstance(value, list):
        return [_in_utc(item) for item in value]
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value


def _cast(made: Any, dtype: Any) -> Any:
    """An array of unknown shape came untyped: take only what JSON's types allow."""
    accepted = {"f": "iuf", "i": "iu", "u": "iu", "b": "b", "U": "U", "O": "OUiufb"}
    if made.size and made.dtype.kind not in accepted.get(dtype.kind, ""):
        raise Refused(INVALID, (Flaw("", f"not an array of {dtype.name}"),))
    if made.size and dtype.kind in "iu":
        import numpy

        bounds = numpy.iinfo(dtype)
        if made.min() < bounds.min or made.max() > bounds.max:
            raise Refused(INVALID, (Flaw("", f"a number does not fit {dtype.name}"),))
    return made.astype(dtype)


def _ragged(value: Any, at: str = "") -> Flaw:
    """Where a row has another length than the first one beside it."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        for index, row in enumerate(value):
            if not isinstance(row, list) or len(row) != len(value[0]):
                return Flaw(f"{at}/{index}", "this row has another length than the first")
        for index, row in enumerate(value):
            inner = _ragged(row, f"{at}/{index}")
            if inner.pointer:
                return inner
    return Flaw("", "the values do not fit the array")
