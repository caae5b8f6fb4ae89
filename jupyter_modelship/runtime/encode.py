"""Results to JSON: Python, numpy and pandas values, with what JSON cannot say refused.

msgspec writes NaN and infinity as `null`. A reply without `null` in it can hold neither, so only
replies that have one are looked at again.
"""

from __future__ import annotations

import collections
import datetime
import math
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args

import msgspec

_SETS = (set, frozenset)
_SMALL = {float, int, bool, type(None)}


class NotJson(ValueError):
    """The result has no JSON form; the message says why (for the log)."""


def encoder(returns: Any, limit: int) -> Callable[[Any], bytes]:
    """An encoder for results of that declared type, at most `limit` bytes long.

    Sets are written in sorted order. NaN is an error unless the type says that a number may be
    None; then it is `null`. Raises NotJson.
    """
    order = "deterministic" if mentions(returns, _is_set) else None
    plainly = mentions(returns, _is_namedtuple)
    nan_allowed = mentions(returns, _is_optional_number)
    encode = msgspec.json.Encoder(enc_hook=plain, order=order).encode  # type: ignore[arg-type]  # order is a Literal

    def to_json(value: Any) -> bytes:
        if type(value) not in _SMALL:
            _bounded(value, limit)
        try:
            data = encode(_named(value) if plainly else value)
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            raise NotJson(f"the result has no JSON form: {error}") from error
        if len(data) > limit:
            raise NotJson(f"the result is {len(data)} bytes of JSON, the limit is {limit}")
        if b"null" in data and not nan_allowed:
            _refuse_nan(value)
        return data

    return to_json


def plain(value: Any) -> Any:
    """For msgspec: what to write instead of a value that it does not know."""
    family = type(value).__module__.partition(".")[0]
    if family == "pandas":
        return _pandas(value)
    if hasattr(value, "tolist"):  # numpy arrays and scalars; array.array
        return value.tolist()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    for kind in (str, float, int):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (collections.deque, range)):
        return list(value)
    raise NotJson(f"a {type(value).__name__} has no JSON form")


def _pandas(value: Any) -> Any:
    name = type(value).__name__
    if name == "DataFrame":
        columns = [str(column) for column in value.columns]
        if len(set(columns)) != len(columns):
            raise NotJson("the frame has two columns of one name")
        lists = [value.iloc[:, index].tolist() for index in range(len(columns))]
        rows = zip(*lists, strict=True) if columns else [()] * len(value)
        return [dict(zip(columns, row, strict=True)) for row in rows]
    if name in ("NAType", "NaTType"):
        raise NotJson("the result holds a missing value")
    if name == "Timestamp":
        return value.to_pydatetime(warn=False)
    if name == "Timedelta":
        return value.to_pytimedelta()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise NotJson(f"a pandas {name} has no JSON form")


def _bounded(value: Any, limit: int) -> None:
    """Refuse what is too large before it is copied."""
    size = getattr(value, "nbytes", 0)
    if isinstance(value, (str, bytes, list, tuple, dict)):
        size = len(value)
    if isinstance(size, int) and size > limit:
        raise NotJson(f"the result is larger than the limit of {limit} bytes")


def _refuse_nan(value: Any) -> None:
    """Raise NotJson where a number in the result is NaN or infinite."""
    for number in _numbers(value):
        if not math.isfinite(number):
            raise NotJson(f"the result holds {number}, which JSON cannot say")


def _numbers(value: Any) -> Any:
    if isinstance(value, float):
        yield value
    elif isinstance(value, (str, bytes, int, type(None))):
        return
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, msgspec.Struct) or hasattr(value, "__dataclass_fields__"):
        yield from _numbers(msgspec.to_builtins(value, enc_hook=plain))
    elif not isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        try:
            yield from _numbers(plain(value))
        except NotJson:
            return


def _named(value: Any) -> Any:
    """NamedTuples as objects; msgspec would write them as lists."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: _named(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_named(item) for item in value]
    return value


def mentions(kind: Any, test: Callable[[Any], bool]) -> bool:
    """Whether the type or one inside it passes the test."""
    if test(kind):
        return True
    inner = list(get_args(kind))
    hints = getattr(kind, "__annotations__", None) if isinstance(kind, type) else None
    inner += [hint for hint in (hints or {}).values() if not isinstance(hint, str)]
    return any(mentions(one, test) for one in inner if one is not kind)


def _is_set(kind: Any) -> bool:
    return kind in _SETS or getattr(kind, "__origin__", None) in _SETS


def _is_namedtuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _is_optional_number(kind: Any) -> bool:
    members = get_args(kind)
    union = getattr(kind, "__origin__", None) is Union or type(kind).__name__ == "UnionType"
    return union and type(None) in members and float in members
