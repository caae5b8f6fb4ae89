"""What a service says is put for people in a terminal, and left as it is for programs."""

from __future__ import annotations

import json

import pytest

from jupyter_modelship.cli.readable import readable


@pytest.fixture(autouse=True)
def in_bonn(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()


SAID = {
    "time": "2026-11-28T17:21:00.106Z",
    "level": "error",
    "event": "failed",
    "message": "no such flower",
    "status": 500,
    "endpoint": "POST /predict",
    "traceback": "Traceback:\n  line 3\n",
    "replica": "iris-6b-x2",
}


def test_a_line_begins_with_the_time_here_and_the_replica() -> None:
    ready = {"time": "2026-11-28T17:21:00.106Z", "level": "info", "event": "ready", "port": 9090}
    assert readable(json.dumps(ready)) == ["18:21:00  ready  port=9090"]
    assert readable(json.dumps(SAID)) == [
        '18:21:00  iris-6b-x2  ERROR  failed  no such flower  status=500  endpoint="POST /predict"',
        "    Traceback:",
        "      line 3",
    ]


@pytest.mark.parametrize("line", ["hello", "{", "{}", "[1]", "{" * 100_000])
def test_what_is_no_line_of_ours_stays_as_it_is(line: str) -> None:
    assert readable(line) == [line]


def test_a_time_that_is_none_is_shown() -> None:
    assert readable('{"event": "ready", "time": "soon"}') == ["soon  ready"]
