"""Audit lines, as a cluster keeps them: bounded, and never trusted to be what we wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from jupyter_modelship.targets.audit import BYTES, LINES, AuditLine, dump, line_data, load, read

LINE = AuditLine(
    when="2026-01-02T03:04:05.678+00:00",
    deed="deploy",
    service="iris",
    who="ada",
    where="kubernetes team-a",
    revision=7,
    digest="ab" * 32,
    run="0b6f5fd0-6bd7-4c0e-9d09-2a8f5a1f9a8e",
    overrides=("secret-found",),
)


def test_lines_come_back_as_they_were() -> None:
    lines = (LINE, replace(LINE, deed="stop", run="", overrides=(), who="Ada Löwe\n‮"))
    assert load(dump(lines)) == lines
    assert dump(lines).isascii()


def test_the_newest_lines_are_kept_whatever_is_in_them() -> None:
    many = [replace(LINE, revision=number) for number in range(3 * LINES)]
    assert [line.revision for line in load(dump(many))] == [*range(2 * LINES, 3 * LINES)]
    vast = replace(LINE, who="\x00" * 10_000, overrides=("\N{PILE OF POO}" * 500,) * 500)
    text = dump([replace(vast, revision=number) for number in range(3 * LINES)])
    assert len(text) < BYTES + 2 * LINES
    assert load(text)[-1].revision == 3 * LINES - 1
    assert load(text)[-1].who == "\x00" * 128


@pytest.mark.parametrize(
    "spoiled",
    [
        {"deed": "praise"},
        {"when": "yesterday"},
        {"when": 5},
        {"who": None},
        {"revision": "7"},
        {"revision": True},
        {"overrides": "secret-found"},
        {"overrides": [1]},
    ],
)
def test_what_is_no_line_is_passed_over(spoiled: dict[str, Any]) -> None:
    data = json.dumps([line_data(LINE), {**line_data(LINE), **spoiled}, 7])
    assert load(data) == (LINE,)


@pytest.mark.parametrize("text", ["", "{", "{}", "7", "null", '"deploy"'])
def test_an_annotation_that_somebody_wrote_over_says_nothing(text: str) -> None:
    assert load(text) == ()


def test_a_line_may_have_more_than_is_known() -> None:
    assert read({**line_data(LINE), "mood": "good"}) == LINE
