"""Lines of a log name the replica that wrote them."""

from __future__ import annotations

import json

import pytest

from jupyter_modelship.targets.kubernetes.logs import Line

TIME = "2026-11-28T12:00:00.000000001Z"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{"event": "print"}', '{"event": "print", "replica": "iris-7c-x2"}'),
        ("Traceback (most recent call last):", "iris-7c-x2  Traceback (most recent call last):"),
        ('{"half": ', 'iris-7c-x2  {"half": '),
        ("{}", "iris-7c-x2  {}"),
        ("", "iris-7c-x2  "),
    ],
)
def test_a_line_names_its_replica_as_a_fact_or_before_it(written: str, told: str) -> None:
    assert Line.of(f"{TIME} {written}", "iris-7c-x2").named() == told


def test_what_a_service_writes_does_not_stand_for_the_name_of_its_replica() -> None:
    line = Line.of(f'{TIME} {{"replica": "another"}}', "iris-7c-x2").named()
    assert json.loads(line) == {"replica": "iris-7c-x2"}


def test_lines_of_all_replicas_sort_by_time() -> None:
    lines = [Line.of("2 b", "one"), Line.of("1 z", "two"), Line.of("2 a", "two")]
    assert [line.named() for line in sorted(lines)] == ["two  z", "two  a", "one  b"]
