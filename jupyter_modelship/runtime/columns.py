"""Results made by numpy and pandas, as what msgspec writes.

Neither library is imported: whoever returns such a value has imported it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple, Union, get_args

from .arrays import FrameType, SeriesType

_NULLABLE = ("Int", "UInt", "Float", "boolean", "object", "category")
_FINER = ("ns]", "ps]", "fs]", "as]")
_SCALARS = {
    bool, int, float, str, datetime.datetime, datetime.date, datetime.time, datetime.timedelta,
}  # fmt: skip


class NotJson(ValueError):
    """The result has no JSON form; the message says why (for the log)."""


class Missing(NamedTuple):
    """Where a declared type allows `null` for a value that is missing (NA, NaT)."""

    anywhere: bool = False
    series: bool = False
    columns: frozenset[str] = frozenset()


def parts(kind: Any) -> Iterator[Any]:
    """A type and all that is inside it."""
    yield kind
    inner = list(get_args(kind))
    hints = getattr(kind, "__annotations__", None) if isinstance(kind, type) else None
    inner += [hint for hint in (hints or {}).values() if not isinstance(hint, str)]
    for one in inner:
        if one is not kind:
            yield from parts(one)


def is_optional(kind: Any, scalars: set[type] = _SCALARS) -> bool:
    """Whether it is a union of None with one of these."""
    members = get_args(kind)
    union = getattr(kind, "__origin__", None) is Union or type(kind).__name__ == "UnionType"
    return union and type(None) in members and any(one in scalars for one in members)


def missing(returns: Any) -> Missing:
    """Where values of that type may be missing."""
    anywhere, series = False, False
    columns: set[str] = set()
    for part in parts(returns):
        anywhere = anywhere or is_optional(part)
        if isinstance(part, SeriesType):
            series = series or part.dtype.startswith(_NULLABLE)
        if isinstance(part, FrameType):
            columns |= {name for name, dtype in part.columns if dtype.startswith(_NULLABLE)}
    return Missing(anywhere, series, frozenset(columns))


def from_numpy(value: Any, may: Missing) -> Any:
    """The lists or the number of a numpy array or scalar, or of an `array.array`.

    Times are written as RFC 3339 in UTC: numpy's know no zone, and those of requests were brought
    to UTC. What is finer than a microsecond is cut off.
    """
    dtype: Any = getattr(value, "dtype", None)
    if getattr(dtype, "kind", "") not in ("M", "m"):
        return value.tolist()
    if dtype.name.endswith(_FINER):  # Python's times have none of these: numpy would give numbers
        value = value.astype(f"{dtype.kind}8[us]")
    return _times(value.tolist(), allowed=may.anywhere)


def _times(value: Any, *, allowed: bool) -> Any:
    if isinstance(value, list):
        return [_times(one, allowed=allowed) for one in value]
    if isinstance(value, datetime.datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, datetime.date):
        return f"{value.isoformat()}T00:00:00Z"
    if isinstance(value, datetime.timedelta):
        return value
    if value is None:
        return _gone(allowed=allowed)
    raise NotJson("a time lies outside of the years 1 to 9999")


def _gone(*, allowed: bool) -> None:
    if not allowed:
        raise NotJson("the result holds a missing value")


def from_pandas(value: Any, may: Missing) -> Any:
    """Rows of a frame, values of a series or an index, or the scalar."""
    name = type(value).__name__
    if name == "DataFrame":
        return _rows(value, may)
    if name in ("NAType", "NaTType"):
        return _gone(allowed=may.anywhere)
    if name == "Timestamp":
        return value.to_pydatetime(warn=False)
    if name == "Timedelta":
        return value.to_pytimedelta()
    if hasattr(value, "tolist"):
        return _values(value, allowed=may.series or may.anywhere)
    raise NotJson(f"a pandas {name} has no JSON form")


def _rows(frame: Any, may: Missing) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise NotJson("the frame has two columns of one name")
    columns = [
        _values(frame.iloc[:, index], allowed=may.anywhere or name in may.columns)
        for index, name in enumerate(names)
    ]
    rows = zip(*columns, strict=True) if columns else [()] * len(frame)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _values(column: Any, *, allowed: bool) -> list[Any]:
    """A column's values; None where one is missing and may be."""
    dtype: Any = getattr(column, "dtype", None)
    if type(dtype).__module__.startswith("numpy") and dtype.kind in "mM":
        found: list[Any] = from_numpy(column.to_numpy(), Missing(anywhere=allowed))
        return found
    values: list[Any] = column.tolist()
    if not allowed:
        return values
    gone = column.isna().tolist()
    return [None if lost else value for value, lost in zip(values, gone, strict=True)]
