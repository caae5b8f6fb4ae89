from __future__ import annotations

import json

import pytest

from jupyter_modelship.model import Finding
from jupyter_modelship.runs.events import KINDS, PAYLOADS, RunEvent, check, finding_payload
from jupyter_modelship.runs.run import STATES


def test_every_kind_has_a_payload_and_every_key_a_meaning() -> None:
    assert tuple(PAYLOADS) == KINDS
    assert all(key.meaning for keys in PAYLOADS.values() for key in keys.values())


def test_a_run_event_knows_every_state_of_a_run() -> None:
    assert PAYLOADS["run"]["state"].choices == STATES


def test_an_event_survives_json() -> None:
    event = RunEvent("r", 3, 1.5, "prove", "log", {"lines": ["naïve \ud83d"]})
    assert RunEvent.from_json(json.loads(json.dumps(event.to_json()))) == event


@pytest.mark.parametrize(
    ("stage", "kind", "payload", "complaint"),
    [
        ("", "cheer", {}, "no event is of the kind 'cheer'"),
        ("bake", "log", {"lines": []}, "no stage is called 'bake'"),
        ("lock", "log", {"lines": [], "colour": "red"}, "log events have no 'colour'"),
        ("lock", "log", {}, "log events need 'lines'"),
        ("lock", "log", {"lines": "one"}, "log.lines cannot be 'one'"),
        ("lock", "stage", {"state": "begun"}, "stage.state is one of started, done"),
        ("lock", "stage", {"state": "done", "seconds": True}, "stage.seconds cannot be True"),
        ("", "run", {"state": "running", "attempt": 1.0}, "run.attempt cannot be 1.0"),
    ],
)
def test_what_the_vocabulary_does_not_have_is_refused(
    stage: str, kind: str, payload: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint.replace(".", r"\.")):
        check(stage, kind, payload)
    with pytest.raises(ValueError, match=complaint.replace(".", r"\.")):
        RunEvent.from_json(
            {"run": "r", "seq": 1, "time": 0.0, "stage": stage, "kind": kind, "payload": payload}
        )


def test_what_is_not_even_shaped_like_an_event_is_refused() -> None:
    with pytest.raises(ValueError, match="not an event"):
        RunEvent.from_json({"kind": "log"})


@pytest.mark.parametrize(
    "finding",
    [
        Finding("stale-cell", "warn", "Cell 3 is stale.", "Run it again.", "c3", 3, 1),
        Finding("no-endpoint", "block", "Nothing is served.", "Tag a cell."),
    ],
)
def test_a_finding_is_a_payload_as_it_stands(finding: Finding) -> None:
    check("plan", "finding", finding_payload(finding))
    assert Finding(**finding_payload(finding)) == finding  # type: ignore[arg-type] # from JSON


def test_only_the_end_of_a_run_is_its_last_event() -> None:
    def event(state: str) -> RunEvent:
        return RunEvent("r", 1, 0.0, "", "run", {"state": state})

    last = [state for state in STATES if event(state).last]
    assert last == ["succeeded", "failed", "cancelled"]
