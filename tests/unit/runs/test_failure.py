from __future__ import annotations

import json

import pytest

from jupyter_modelship.errors import (
    Blocked,
    Cancelled,
    Interrupted,
    ModelshipError,
    NothingThere,
    StageFailed,
    UsageError,
)
from jupyter_modelship.model import Finding
from jupyter_modelship.runs.events import check
from jupyter_modelship.runs.failure import describe, restore
from jupyter_modelship.runs.run import RunActive

ERRORS = (
    ModelshipError("no", remedy="do", detail="raw"),
    UsageError("wrong word"),
    Blocked([Finding("secret", "block", "A key.", "Take it out.", "c1", 1, 2)]),
    NothingThere("no such service"),
    StageFailed("cell 2, line 1", cell="c2", line=1, detail="Traceback"),
    Cancelled("ended"),
    Interrupted("gone"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_as_it_was(error: ModelshipError) -> None:
    data = json.loads(json.dumps(describe(error)))
    check("", "run", {"state": "failed", "error": data})
    again = restore(data)
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert again.args == error.args


def test_an_error_with_a_constructor_of_its_own_comes_back_with_its_sentence() -> None:
    again = restore(describe(RunActive("iris", "r1")))
    assert isinstance(again, RunActive)
    assert again.message == "run r1 is at work on iris"


def test_an_error_nobody_foresaw_keeps_its_traceback_for_those_who_look() -> None:
    with pytest.raises(KeyError) as caught:
        dict[str, int]()["petal"]
    data = describe(caught.value)
    assert data["code"] == "internal"
    assert data["message"] == "an error in jupyter_modelship itself: KeyError: 'petal'"
    assert "test_failure.py" in str(data["detail"])
    assert restore(data).exit_code == 1


def test_a_code_from_the_future_is_still_an_error() -> None:
    error = restore({"code": "eaten-by-dog", "message": "gone"})
    assert (type(error), error.message) == (ModelshipError, "gone")


def test_a_tool_that_talks_a_lot_keeps_the_end_of_what_it_said() -> None:
    data = describe(ModelshipError("no", detail="x" * 1_000_000 + "the cause"))
    assert len(str(data["detail"])) == 65_536
    assert str(data["detail"]).endswith("the cause")
