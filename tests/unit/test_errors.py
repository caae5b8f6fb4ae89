"""The exception tree says what, where and what to do, and how the command ends."""

from __future__ import annotations

import inspect

import pytest

from jupyter_modelship import errors
from jupyter_modelship.errors import Blocked, ModelshipError, StageFailed
from jupyter_modelship.model import Finding

KINDS = {
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ModelshipError)
}


def test_exit_codes_and_words_are_these() -> None:
    assert {kind.__name__: (kind.exit_code, kind.code) for kind in KINDS} == {
        "ModelshipError": (1, "failed"),
        "UsageError": (2, "usage"),
        "Blocked": (3, "blocked"),
        "NothingThere": (4, "nothing-there"),
        "StageFailed": (1, "stage-failed"),
        "Cancelled": (1, "cancelled"),
        "Interrupted": (1, "interrupted"),
    }


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = [line.split() for line in (errors.__doc__ or "").splitlines() if "──" in line]
    names = [next(word for word in words if word[0].isupper()) for words in drawn]
    assert set(names) == {kind.__name__ for kind in KINDS} - {"ModelshipError"}
    for name, words in zip(names, drawn, strict=True):
        assert str(getattr(errors, name).exit_code) in words


@pytest.mark.parametrize("kind", sorted(KINDS - {Blocked}, key=str))
def test_an_error_carries_what_people_need(kind: type[ModelshipError]) -> None:
    error = kind("the message", remedy="do this", detail="a traceback")
    assert str(error) == error.message == "the message"
    assert (error.remedy, error.detail) == ("do this", "a traceback")
    assert kind("the message").remedy == kind("the message").detail == ""


def test_a_stage_says_where_in_the_notebook() -> None:
    error = StageFailed("no", cell="c1", line=3)
    assert (error.cell, error.line) == ("c1", 3)


def test_what_blocks_speaks_with_its_first_finding() -> None:
    first = Finding("a", "block", "first", "remedy")
    error = Blocked([first, Finding("b", "block", "second", "other")])
    assert (error.message, error.remedy, len(error.findings)) == ("first", "remedy", 2)
    assert Blocked([]).message == "a finding blocks"
