"""Compares what an endpoint answered with what the rehearsal recorded. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RELATIVE = 1e-6
ABSOLUTE = 1e-9
MODES = ("exact", "tolerance", "shape", "off")
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two answers differ: a JSON pointer (RFC 6901), and both sides."""

    path: str
    expected: str
    got: str


def compare(expected: object, got: object, mode: str) -> Difference | None:
    """The first difference under `mode`; None when there is none.

    `exact`: equal JSON, where 1 equals 1.0. `tolerance`: numbers that are not both integers may
    differ by 1e-6 of themselves or 1e-9. `shape`: the same structure with the same types. `off`:
    anything. Raises ValueError for another mode.
    """
    if mode not in MODES:
        raise ValueError(f"no such comparison: {mode!r}")
    return None if mode == "off" else _compare(expected, got, mode, "")


def _compare(expected: object, got: object, mode: str, path: str) -> Difference | None:
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return _objects(expected, got, mode, path)
    if _is_list(expected) and _is_list(got):
        return _lists(expected, got, mode, path)
    return None if _same(expected, got, mode) else _difference(path, expected, got)


def _objects(
    expected: Mapping[str, object], got: Mapping[str, object], mode: str, path: str
) -> Difference | None:
    for name in (*expected, *(name for name in got if name not in expected)):
        inner = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in got:
            return Difference(inner, short(expected[name]), "nothing")
        if name not in expected:
            return Difference(inner, "nothing", short(got[name]))
        found = _compare(expected[name], got[name], mode, inner)
        if found is not None:
            return found
    return None


def _lists(expected: object, got: object, mode: str, path: str) -> Difference | None:
    assert isinstance(expected, Sequence)
    assert isinstance(got, Sequence)
    if len(expected) != len(got):
        return Difference(path, _items(expected), _items(got))
    for index, (left, right) in enumerate(zip(expected, got, strict=True)):
        found = _compare(left, right, mode, f"{path}/{index}")
        if found is not None:
            return found
    return None


def _same(expected: object, got: object, mode: str) -> bool:
    if _is_number(expected) and _is_number(got):
        return mode == "shape" or _close(expected, got, mode)
    if type(expected) is not type(got):
        return False
    return mode == "shape" or expected == got


def _close(expected: object, got: object, mode: str) -> bool:
    assert isinstance(expected, (int, float))
    assert isinstance(got, (int, float))
    if mode == "exact" or (isinstance(expected, int) and isinstance(got, int)):
        return expected == got
    try:
        return math.isclose(expected, got, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    except OverflowError:  # an integer beyond every float
        return expected == got


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _difference(path: str, expected: object, got: object) -> Difference:
    return Difference(path, short(expected), short(got))


def short(value: object) -> str:
    """`value` as JSON on one line, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _items(found: Sequence[object]) -> str:
    return "1 item" if len(found) == 1 else f"{len(found)} items"
