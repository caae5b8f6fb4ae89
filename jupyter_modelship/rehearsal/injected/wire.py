"""Python values as the JSON a service would answer; shared by arguments and results."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import math
import sys
import uuid
from collections.abc import Callable
from typing import Any


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
    if is_numpy(value, "generic") or is_numpy(value, "ndarray") or is_pandas(value, "Series"):
        return _encode(value.tolist())
    if is_pandas(value, "DataFrame"):
        return _frame(value)
    return _python(value)


def _python(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {_key(key): _encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_encode(item) for item in value]
    for kind, write in _SCALARS:
        if isinstance(value, kind):
            return write(value)
    kind_name = f"{type(value).__module__}.{type(value).__qualname__}"
    raise NotOnWire(f"{kind_name} has no JSON form")


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
    columns = [[_encode(v) for v in frame.iloc[:, at].tolist()] for at in range(len(names))]
    return [{n: c[at] for n, c in zip(names, columns)} for at in range(len(frame))]  # noqa: B905 - Python 3.8


def _moment(value: datetime.datetime) -> str:
    if value != value:  # pandas' NaT is a datetime that equals nothing
        raise NotOnWire("NaT is no moment in time")
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _duration(value: datetime.timedelta) -> str:
    """ISO 8601, days and seconds only, as msgspec writes it."""
    if value < datetime.timedelta(0):
        return "-" + _duration(-value)
    seconds = str(value.seconds)
    if value.microseconds:
        seconds += f".{value.microseconds:06d}".rstrip("0")
    days = f"{value.days}D" if value.days else ""
    time = f"T{seconds}S" if value.seconds or value.microseconds or not days else ""
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
