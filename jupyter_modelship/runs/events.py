"""What a run tells: one closed vocabulary, read by terminal, REST, JupyterLab and magic alike.

The fixtures under tests/unit/runs/fixtures are streams of these events, replayed by Python's and
TypeScript's tests. A new kind or key is added here, there, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import NoneType
from typing import Literal, NamedTuple, get_args

from jupyter_modelship.model import Finding

Kind = Literal["run", "stage", "log", "progress", "finding", "cell", "result"]
KINDS: tuple[Kind, ...] = get_args(Kind)

STAGES: tuple[str, ...] = (
    "extract",
    "plan",
    "lock",
    "rehearse",
    "render",
    "build",
    "prove",
    "push",
    "release",
    "deploy",
    "confirm",
)
"""The stages of the line, in order. An event of the run as a whole has the stage ""."""


class Key(NamedTuple):
    """One key of a payload: the JSON types it takes, whether it must be there, what it says."""

    types: tuple[type, ...]
    required: bool
    meaning: str
    choices: tuple[str, ...] = ()


_NUMBER = (int, float)

PAYLOADS: Mapping[Kind, Mapping[str, Key]] = {
    "run": {
        "state": Key(
            (str,),
            True,
            "the run's new state",
            ("queued", "running", "succeeded", "failed", "cancelled", "interrupted"),
        ),
        "attempt": Key((int,), False, "which worker's start this is, from 1 (running)"),
        "reason": Key((str,), False, "why, in one sentence (interrupted, cancelled)"),
        "error": Key(
            (dict,), False, "code, message, remedy, detail, cell, line, findings, cause (failed)"
        ),
    },
    "stage": {
        "state": Key((str,), True, "what the stage did", ("started", "done", "failed", "skipped")),
        "seconds": Key(_NUMBER, False, "how long it took (done, failed)"),
        "summary": Key((str,), False, "the line a person reads beside the stage's name"),
        "cached": Key((bool,), False, "an earlier result was used"),
    },
    "log": {
        "lines": Key((list,), True, "text lines without line ends, oldest first"),
        "omitted": Key(
            (int,), False, "how many were left out here, so that the journal is bounded"
        ),
        "of": Key((str,), False, "the kind of event that was left out (with omitted)"),
    },
    "progress": {
        "step": Key((str,), True, "what the stage is at"),
        "percent": Key((*_NUMBER, NoneType), True, "0 to 100 of the stage; null: unknown"),
    },
    "finding": {
        "code": Key((str,), True, "key of its page in the catalogue"),
        "severity": Key((str,), True, "how grave it is", ("block", "warn", "note")),
        "message": Key((str,), True, "what is wrong, in one sentence"),
        "remedy": Key((str,), True, "what to do next"),
        "cell": Key((str, NoneType), False, "nbformat id of the cell"),
        "number": Key((int, NoneType), False, "1-based position of the cell, to be shown"),
        "line": Key((int, NoneType), False, "1-based line within the cell's source"),
    },
    "cell": {
        "number": Key((int,), True, "1-based position of the cell"),
        "first": Key((str,), True, "the cell's first line that is not empty"),
        "state": Key((str,), True, "what the cell does", ("running", "done", "failed")),
        "cell": Key((str,), False, "nbformat id of the cell"),
        "seconds": Key(_NUMBER, False, "how long it ran (done, failed)"),
    },
    "result": {
        "service": Key((str,), True, "name of the service"),
        "target": Key((str,), True, "where it runs"),
        "url": Key((str, NoneType), True, "address of the service; null where it has none"),
        "revision": Key((int,), True, "the revision that answers now"),
        "unchanged": Key((bool,), False, "this digest was live already: nothing was done"),
        "unproven": Key((bool,), False, "no example: confirmed by readiness alone"),
        "call": Key((dict, NoneType), False, "a call to try: function, method, path, arguments"),
    },
}
"""The keys of each kind's payload; a key that is not here is refused."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One thing that happened: number `seq` of its run (from 1, ascending, not without gaps)."""

    run: str
    seq: int
    time: float
    """UTC epoch seconds."""
    stage: str
    kind: Kind
    payload: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """The event as a JSON object, for the wire."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> RunEvent:
        """The event from its JSON object; ValueError where it is none of the vocabulary."""
        try:
            event = cls(**data)  # type: ignore[arg-type] # the types are checked just below
        except TypeError as error:
            raise ValueError(f"not an event: {error}") from error
        check(event.stage, event.kind, event.payload)
        return event

    @property
    def last(self) -> bool:
        """Whether no event can follow: the run has come to its end."""
        return self.kind == "run" and self.payload["state"] in ("succeeded", "failed", "cancelled")


def check(stage: str, kind: str, payload: Mapping[str, object]) -> None:
    """Return when the vocabulary has this event; ValueError, naming the key, when it has not."""
    keys = next((keys for known, keys in PAYLOADS.items() if known == kind), None)
    if keys is None:
        raise ValueError(f"no event is of the kind {kind!r}")
    if stage and stage not in STAGES:
        raise ValueError(f"no stage is called {stage!r}")
    if unknown := sorted(set(payload) - set(keys)):
        raise ValueError(f"{kind} events have no {unknown[0]!r}")
    for name, key in keys.items():
        if name in payload:
            _check_value(f"{kind}.{name}", key, payload[name])
        elif key.required:
            raise ValueError(f"{kind} events need {name!r}")


def _check_value(place: str, key: Key, value: object) -> None:
    is_flag = isinstance(value, bool)  # bool is an int to Python, and is not one in JSON
    if not isinstance(value, key.types) or (is_flag and bool not in key.types):
        raise ValueError(f"{place} cannot be {value!r}")
    if key.choices and value not in key.choices:
        raise ValueError(f"{place} is one of {', '.join(key.choices)}, not {value!r}")


def interrupted(run: str, after: int) -> RunEvent:
    """What is told of a run whose worker is gone: an event that is in no journal."""
    reason = "its worker is gone; it is taken up again by the next deploy or server start"
    payload = {"state": "interrupted", "reason": reason}
    return RunEvent(run, after, time.time(), "", "run", payload)


def finding_payload(finding: Finding) -> dict[str, object]:
    """A finding as the payload of its event."""
    return asdict(finding)
