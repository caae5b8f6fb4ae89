from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_modelship.desk.failures import MOST, Failure, failures
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Release

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"id": name, "cell_type": "code", "source": "x", "metadata": {}, "outputs": []}
        for name in ("a", "b", "c")
    ],
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "iris.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    return path


@pytest.fixture
async def target(book: Path) -> FakeTarget:
    """With two revisions of the service."""
    target = FakeTarget()
    for number in range(2):
        release = Release(
            service="iris",
            plan_digest="p",
            bundle_digest=f"{number}",
            bundle_folder=Path("/nowhere"),
            python=Path("/nowhere"),
            notebook=str(book),
            run=f"{number}",
        )
        await target.apply(release, await target.stage(release))
    return target


async def found(target: FakeTarget) -> list[Failure]:
    seen = await target.observe("iris")
    assert seen is not None
    return await failures(target, seen)


def failed(**facts: object) -> str:
    event = {
        "time": "2999-01-01T00:00:00.000Z",
        "level": "error",
        "event": "failed",
        "request_id": "r-1",
        "endpoint": "predict",
        "status": 500,
        "error": "KeyError",
        "message": "'petal width'",
        "cell": "b",
        "line": 3,
        "traceback": "…",
    }
    return json.dumps({**event, **facts})


async def test_a_failure_is_told_by_todays_cell_number(target: FakeTarget, book: Path) -> None:
    target.say("iris", failed())
    told = Failure(
        time="2999-01-01T00:00:00.000Z",
        request_id="r-1",
        endpoint="predict",
        status=500,
        message="KeyError: 'petal width'",
        cell="b",
        number=2,
        line=3,
        revision=2,
    )
    assert await found(target) == [told]
    book.write_text(json.dumps({**NOTEBOOK, "cells": NOTEBOOK["cells"][1:]}))  # type: ignore[index] # a list
    assert [one.number for one in await found(target)] == [1]
    book.unlink()
    assert [(one.cell, one.number) for one in await found(target)] == [("b", None)]


async def test_a_time_limit_has_a_sentence_and_no_place(target: FakeTarget) -> None:
    line = {"time": "2999", "event": "failed", "request_id": "r", "endpoint": "predict"}
    target.say("iris", json.dumps({**line, "status": 504, "message": "It took too long."}))
    (one,) = await found(target)
    assert (one.status, one.message, one.cell) == (504, "It took too long.", None)


async def test_the_revision_is_the_one_that_was_live(target: FakeTarget) -> None:
    seen = await target.observe("iris")
    assert seen is not None
    first, second = (one.when for one in seen.revisions)
    for time in (first, second, "2000-01-01T00:00:00.000Z", ""):
        target.say("iris", failed(time=time))
    numbers = [one.revision for one in reversed(await found(target))]
    assert numbers[1] == 2
    assert numbers[0] in (1, 2), "both may have gone live within a millisecond"
    assert numbers[2:] == [2, 2], "before all that is kept"


async def test_the_newest_come_first_and_not_more_than_a_hundred(target: FakeTarget) -> None:
    for number in range(MOST + 50):
        target.say("iris", failed(request_id=f"r-{number}"))
    ids = [one.request_id for one in await found(target)]
    assert (ids[0], ids[-1], len(ids)) == (f"r-{MOST + 49}", "r-50", MOST)


@pytest.mark.parametrize(
    "line",
    [
        "",
        '"failed"',
        '{"event": "failed"}',
        '{"event": "failed", "request_id": 7}',
        '{"event": "failed", "phase": "import"}',
        '{"event": ["failed"], "request_id": "r"}',
        '["failed"]',
        '{"event": "failed", ' + "[" * 100_000,
        "failed <img onerror=x>",
    ],
)
async def test_lines_that_tell_of_no_request(target: FakeTarget, line: str) -> None:
    target.say("iris", line)
    assert await found(target) == []


async def test_facts_of_the_wrong_kind_are_left_out(target: FakeTarget) -> None:
    target.say("iris", failed(time=7, cell=[], line="3", status=True, message={}, endpoint=None))
    (one,) = await found(target)
    assert (one.time, one.cell, one.line, one.status, one.endpoint) == ("", None, None, 500, "")
    assert one.message == "KeyError"
