"""Comparing answers: one table a mode."""

from __future__ import annotations

import pytest

from jupyter_modelship.rehearsal import Difference, compare

SAME = [
    ("exact", 1, 1.0),
    ("exact", {"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ("exact", [None, True, "x"], [None, True, "x"]),
    ("tolerance", 1.0, 1.0 + 5e-7),
    ("tolerance", 0.0, 5e-10),
    ("tolerance", 3, 3.0000001),
    ("tolerance", {"p": [0.1 + 0.2]}, {"p": [0.3]}),
    ("tolerance", 10**400, 10**400),
    ("shape", {"id": "a", "score": 0.2}, {"id": "b", "score": 9}),
    ("off", {"a": 1}, "nothing alike"),
]
DIFFERENT = [
    ("exact", 1.0, 1.0 + 5e-7, Difference("", "1.0", "1.0000005")),
    ("exact", True, 1, Difference("", "true", "1")),
    ("exact", None, False, Difference("", "null", "false")),
    ("tolerance", 1.0, 1.00001, Difference("", "1.0", "1.00001")),
    ("tolerance", 10**8, 10**8 + 1, Difference("", "100000000", "100000001")),
    ("tolerance", 10**400, 1.5, Difference("", "1" + "0" * 118 + "…", "1.5")),
    ("tolerance", {"a/b": {"~": 1}}, {"a/b": {"~": 2}}, Difference("/a~1b/~0", "1", "2")),
    ("tolerance", [[1, 2], [3, 4]], [[1, 2], [3, 5]], Difference("/1/1", "4", "5")),
    ("tolerance", {"a": 1}, {}, Difference("/a", "1", "nothing")),
    ("tolerance", {}, {"a": 1}, Difference("/a", "nothing", "1")),
    ("tolerance", "é", "e", Difference("", '"é"', '"e"')),
    ("shape", [1, 2], [1, 2, 3], Difference("", "2 items", "3 items")),
    ("shape", {"a": 1}, {"a": "1"}, Difference("/a", "1", '"1"')),
    ("shape", {"a": 1}, [1], Difference("", '{"a": 1}', "[1]")),
    ("shape", [True], [1], Difference("/0", "true", "1")),
]


@pytest.mark.parametrize(("mode", "expected", "got"), SAME)
def test_what_counts_as_the_same(mode: str, expected: object, got: object) -> None:
    assert compare(expected, got, mode) is None


@pytest.mark.parametrize(("mode", "expected", "got", "difference"), DIFFERENT)
def test_the_first_difference_shows_both_sides(
    mode: str, expected: object, got: object, difference: Difference
) -> None:
    assert compare(expected, got, mode) == difference


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="no such comparison: 'close'"):
        compare(1, 1, "close")
