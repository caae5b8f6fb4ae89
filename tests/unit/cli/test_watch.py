"""What a watched run came to, whether or not anybody looked at its stages."""

from __future__ import annotations

from jupyter_modelship.cli.watch import Outcome, _take
from jupyter_modelship.runs.events import RunEvent


def test_the_outcome_says_how_long_each_stage_took() -> None:
    outcome = Outcome("r")
    for payload in ({"state": "started"}, {"state": "done", "seconds": 1.5}):
        _take(RunEvent("r", 1, 0.0, "rehearse", "stage", payload), outcome)
    assert outcome.data() == {"run": "r", "seconds": {"rehearse": 1.5}}


def test_a_run_that_was_interrupted_and_taken_up_again_has_succeeded() -> None:
    outcome = Outcome("r")
    states = ("running", "interrupted", "running", "succeeded")
    errors = []
    for number, state in enumerate(states):
        _take(RunEvent("r", number, 0.0, "", "run", {"state": state}), outcome)
        errors.append(outcome.error is not None)
    assert errors == [False, True, False, False]
