"""Python values as the JSON a service would answer; shared by arguments and results."""

from __future__ import annotations

import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import math
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any

_NULLABLE = ("Int", "UInt", "Float", "boolean")
"""How the dtypes begin whose columns may be `null` by the contract that is made of them."""


class NotOnWire(ValueError):
    """The value has no JSON form that a service would accept or answer."""


def encode(value: Any) -> Any:
    """`value` as JSON data; raises NotOnWire with the reason where a service would fail too."""
    try:
        return _encode(value)
    except RecursionError:
        raise NotOnWire("it is nested too deeply, or contains itself") from None


def is_numpy(value: Any, name: str) -> bool:
    """Whether `value` is an instance of numpy's class `name`; numpy is never imported for it."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, getattr(numpy, name, ()))


def is_pandas(value: Any, name: str) -> bool:
    """Whether `value` is an instance of pandas' class `name`; pandas is never imported for it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, getattr(pandas, name, ()))


def _encode(value: Any) -> Any:
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return _finite(value)
    if isinstance(value, enum.Enum):
        return _encode(value.value)
    if type(value).__module__.partition(".")[0] == "pandas":
        return _pandas(value)
    fields = _fields(value)
    if fields is not None:
        return {name: _encode(getattr(value, name)) for name in fields}
    return _python(value)


def _fields(value: Any) -> list[str] | None:
    """The fields of a dataclass or a named tuple; None for anything else."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [field.name for field in dataclasses.fields(value)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(value._fields)
    return None


def _python(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _encode(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return _sorted([_encode(item) for item in value])
    if isinstance(value, (list, tuple, collections.deque, range)):
        return [_encode(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's arrays and scalars, array.array
        return _listed(value)
    for kind, write in _SCALARS:
        if isinstance(value, kind):
            return write(value)
    raise _no_form(value)


def _sorted(items: list[Any]) -> list[Any]:
    """The members of a set in an order that does not change from run to run, if they have one."""
    try:
        return sorted(items)
    except TypeError:
        return items


def _no_form(value: Any) -> NotOnWire:
    kind_name = f"{type(value).__module__}.{type(value).__qualname__}"
    return NotOnWire(f"{kind_name} has no JSON form")


def _pandas(value: Any) -> Any:
    name = type(value).__name__
    if is_pandas(value, "DataFrame"):
        return _frame(value)
    if name in ("NAType", "NaTType"):
        raise NotOnWire("a value is missing")
    if name == "Timestamp":
        return _encode(value.to_pydatetime(warn=False))
    if name == "Timedelta":
        return _encode(value.to_pytimedelta())
    if hasattr(value, "tolist"):
        return _column(value)
    raise _no_form(value)


def _listed(value: Any) -> Any:
    """numpy's values; its times know no zone and are said in UTC, to the microsecond."""
    dtype: Any = getattr(value, "dtype", None)
    if getattr(dtype, "kind", "") not in ("M", "m"):
        return _encode(value.tolist())
    if dtype.name.endswith(("ns]", "ps]", "fs]", "as]")):
        value = value.astype(f"{dtype.kind}8[us]")
    return _in_utc(value.tolist())


def _in_utc(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_utc(item) for item in value]
    if isinstance(value, datetime.datetime):
        return _moment(value) + "Z"
    if isinstance(value, datetime.date):
        return f"{value.isoformat()}T00:00:00Z"
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    raise NotOnWire("a value is missing" if value is None else "a time is out of range")


def _column(column: Any) -> Any:
    """The values of a series or an index; `null` for one that its dtype says can be missing."""
    dtype: Any = getattr(column, "dtype", None)
    if type(dtype).__module__.startswith("numpy") and dtype.kind in "mM":
        return _listed(column.to_numpy())
    if not str(dtype).startswith(_NULLABLE):
        return _encode(column.tolist())
    gone = column.isna().tolist()
    return [
        None if lost else _encode(item) for item, lost in zip(column.tolist(), gone, strict=True)
    ]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise NotOnWire(f"{value!r} is no JSON number")
    return value


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    raise NotOnWire(f"a key of a dictionary is {type(key).__qualname__}, not str")


def _frame(frame: Any) -> Any:
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise NotOnWire("the frame has two columns of one name")
    columns = {name: _column(frame.iloc[:, at]) for at, name in enumerate(names)}
    return [{name: columns[name][at] for name in names} for at in range(len(frame))]


def _moment(value: datetime.datetime) -> str:
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _duration(value: datetime.timedelta) -> str:
    """ISO 8601, days and seconds only, as msgspec writes it."""
    if value < datetime.timedelta(0):
        return "-" + _duration(-value)
    seconds = str(value.seconds)
    if value.microseconds:
        seconds += f".{value.microseconds:06d}".rstrip("0")
    time = f"T{seconds}S" if value.seconds or value.microseconds else ""
    days = f"{value.days}D" if value.days or not time else ""
    return "P" + days + time


_SCALARS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str),
    (int, int),
    (float, lambda value: _finite(float(value))),
    (bytes, lambda value: base64.b64encode(value).decode("ascii")),
    (bytearray, lambda value: base64.b64encode(value).decode("ascii")),
    (datetime.datetime, _moment),
    (datetime.date, lambda value: value.isoformat()),
    (datetime.time, lambda value: value.isoformat()),
    (datetime.timedelta, _duration),
    (decimal.Decimal, str),
    (uuid.UUID, str),
)
