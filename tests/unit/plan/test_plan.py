"""The plan's digest covers what decides what runs, and nothing else."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest

from jupyter_modelship.contract import declare
from jupyter_modelship.model import (
    Cell,
    Computed,
    Endpoint,
    Finding,
    Lock,
    Notebook,
    Parameter,
    Slice,
    Statement,
    Verdict,
)
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.plan import Plan, Summary, make_plan, service_name, summary

SOURCE = "def predict(x: float) -> float:\n    return w * x"
SLICE = Slice(
    endpoints=(
        Endpoint("predict", "POST", "/predict", "c3", 1, (Parameter("x", "float"),), "float"),
    ),
    statements=(Statement("c3", 1, SOURCE, "definition", ("predict",)),),
    computed=(Computed("w", ("c2",), 0),),
    rehearsal=("c2",),
    examples=("c4",),
    example_needs=(),
    example_names=(),
    parameters=(),
    modules=(),
    installs=(),
    verdicts=(
        Verdict("c1", 1, "stays"),
        Verdict("c2", 2, "rehearsal", ("predict", "w")),
        Verdict("c3", 3, "endpoint"),
    ),
)
CELLS = (
    Cell("c1", 1, "markdown", "# Title"),
    Cell("c2", 2, "code", "w = 2.0"),
    Cell("c3", 3, "code", SOURCE),
    Cell("c4", 4, "code", "predict(1.0)"),
)
NOTEBOOK = Notebook(CELLS, "0" * 64)
LOCK = Lock("", "1" * 64, "3.11", (("numpy", "2.0"),), "kernel")


def plan(notebook: Notebook = NOTEBOOK, slice_: Slice = SLICE, **changes: Any) -> Plan:
    contract = changes.pop("contract", declare(slice_)[0])
    options = changes.pop("options", Options())
    given = {"path": "work/Iris flowers.ipynb", "lock": LOCK, "runtime_version": "0.1.0"}
    return make_plan(notebook, slice_, contract, options, **{**given, **changes})


def test_the_digest_is_the_same_for_the_same_plan_and_on_every_machine() -> None:
    assert plan().digest == plan().digest
    assert len(plan().digest) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "work/other.ipynb"},
        {"options": Options(target="kubernetes")},
        {"options": Options(namespace="team-a")},
        {"options": Options(time_limit=3.0)},
        {"options": Options(parameters={"rows": 3})},
        {"lock": dataclasses.replace(LOCK, digest="2" * 64)},
        {"lock": None},
        {"modules": {"features.py": b"x = 1\n"}},
        {"base": "sha256:" + "3" * 64},
        {"runtime_version": "0.2.0"},
        {"slice_": dataclasses.replace(SLICE, computed=())},
        {"contract": dataclasses.replace(declare(SLICE)[0], endpoints=())},
        {"slice_": dataclasses.replace(SLICE, statements=())},
        {"notebook": Notebook((*CELLS[:1], Cell("c2", 2, "code", "w = 3.0"), *CELLS[2:]), "0")},
        {"notebook": Notebook((*CELLS[:3], Cell("c4", 4, "code", "predict(2.0)")), "0")},
    ],
)
def test_whatever_decides_what_runs_changes_the_digest(changes: dict[str, Any]) -> None:
    assert plan(**changes).digest != plan().digest


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "elsewhere/Iris flowers.ipynb"},
        {"findings": (Finding("x", "warn", "m", "r"),)},
        {"notebook": Notebook((Cell("c0", 1, "code", "print(1)"), *CELLS), "9" * 64)},
        {"notebook": Notebook((Cell("c1", 1, "markdown", "# Other"), *CELLS[1:]), "9" * 64)},
        {"slice_": dataclasses.replace(SLICE, verdicts=())},
    ],
)
def test_nothing_else_changes_the_digest(changes: dict[str, Any]) -> None:
    assert plan(**changes).digest == plan().digest


def test_services_are_named_by_choice_or_by_the_file() -> None:
    hashed = hashlib.sha256(b"Iris flowers").hexdigest()[:8]
    assert service_name("a/Iris flowers.ipynb", Options()) == f"iris-flowers--{hashed}"
    assert service_name("a/iris.ipynb", Options()) == "iris"
    assert service_name("a/iris.ipynb", Options(name="flowers")) == "flowers"


def test_findings_that_block_are_told_apart() -> None:
    stop = Finding("x", "block", "m", "r")
    assert plan(findings=(Finding("y", "warn", "m", "r"), stop)).blocked == (stop,)


def test_the_summary_counts() -> None:
    found = (Finding("y", "warn", "m", "r"), Finding("z", "note", "m", "r"))
    assert summary(plan(findings=found), NOTEBOOK) == Summary(
        cells_shipped=1,
        cells_rehearsed=1,
        cells_total=4,
        endpoints=("POST /predict",),
        packages=1,
        sources=(),
        artifacts=("w",),
        blocking=0,
        warnings=1,
    )
    assert summary(plan(lock=None), NOTEBOOK).packages is None
