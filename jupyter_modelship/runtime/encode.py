"""Results to JSON: Python, numpy and pandas values, with what JSON cannot say refused.

msgspec writes NaN and infinity as `null`. A reply without `null` in it can hold neither, so only
replies that have one are looked at again.
"""

from __future__ import annotations

import collections
import datetime
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from .columns import Missing, NotJson, from_numpy, from_pandas, is_optional, missing, parts

_SETS = (set, frozenset)
_SMALL = {float, int, bool, type(None)}


def encoder(returns: Any, limit: int) -> Callable[[Any], bytes]:
    """An encoder for results of that declared type, at most `limit` bytes long.

    Sets are written in sorted order. NaN is an error unless the type says that a number may be
    None; then it is `null`, as what is missing in a column of a nullable dtype. A time without a
    zone is written as UTC, as those of numpy are: RFC 3339 knows none without. Raises NotJson.
    """
    order = "deterministic" if any(map(_is_set, parts(returns))) else None
    plainly = any(map(_is_namedtuple, parts(returns)))
    nan_allowed = any(is_optional(part, {float}) for part in parts(returns))
    hook = partial(plain, may=missing(returns))
    encode = msgspec.json.Encoder(enc_hook=hook, order=order).encode  # type: ignore[arg-type]  # order is a Literal
    if any(part is datetime.datetime for part in parts(returns)):
        encode = _zoned(encode, hook, order)

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
            _refuse_nan(value, hook)
        return data

    return to_json


def plain(value: Any, may: Missing) -> Any:
    """For msgspec: what to write instead of a value that it does not know."""
    family = type(value).__module__.partition(".")[0]
    if family == "pandas":
        return from_pandas(value, may)
    if hasattr(value, "tolist"):
        return from_numpy(value, may)
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


def _bounded(value: Any, limit: int) -> None:
    """Refuse what is too large before it is copied."""
    size = getattr(value, "nbytes", 0)
    if isinstance(value, (str, bytes, list, tuple, dict)):
        size = len(value)
    if isinstance(size, int) and size > limit:
        raise NotJson(f"the result is larger than the limit of {limit} bytes")


def _refuse_nan(value: Any, hook: Callable[[Any], Any]) -> None:
    """Raise NotJson where a number in the result is NaN or infinite."""
    for number in _numbers(value, hook):
        if not math.isfinite(number):
            raise NotJson(f"the result holds {number}, which JSON cannot say")


def _numbers(value: Any, hook: Callable[[Any], Any]) -> Any:
    if isinstance(value, float):
        yield value
    elif isinstance(value, (str, bytes, int, type(None))):
        return
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _numbers(item, hook)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _numbers(item, hook)
    elif isinstance(value, msgspec.Struct) or hasattr(value, "__dataclass_fields__"):
        yield from _numbers(msgspec.to_builtins(value, enc_hook=hook), hook)
    elif not isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        try:
            yield from _numbers(hook(value), hook)
        except NotJson:
            return


def _zoned(
    encode: Callable[[Any], bytes], hook: Callable[[Any], Any], order: str | None
) -> Callable[[Any], bytes]:
    """`encode`, for results that hold times."""
    kinds = (datetime.datetime,)

    def to_json(value: Any) -> bytes:
        known = msgspec.to_builtins(value, builtin_types=kinds, enc_hook=hook, order=order)  # type: ignore[arg-type]  # order is a Literal
        return encode(_in_utc(known))

    return to_json


def _in_utc(value: Any) -> Any:
    """Lists and dicts with a zone in each time."""
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
    if isinstance(value, dict):
        return {key: _in_utc(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_utc(item) for item in value]
    return value


def _named(value: Any) -> Any:
    """NamedTuples as objects; msgspec would write them as lists."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: _named(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_named(item) for item in value]
    return value


def _is_set(kind: Any) -> bool:
    return kind in _SETS or getattr(kind, "__origin__", None) in _SETS


def _is_namedtuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")
