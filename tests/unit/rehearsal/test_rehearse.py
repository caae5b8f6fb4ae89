"""The rehearsal of an iris notebook in a real kernel, and what its cache then saves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import joblib
import pytest

from jupyter_modelship.model import Example, Notebook
from jupyter_modelship.rehearsal import (
    CellProgress,
    Known,
    RehearsalRequest,
    Rehearsed,
    known,
    rehearse,
)

from .conftest import FIT, PREDICT_AGAIN, iris_notebook, iris_slice, request_for, unheard


@dataclass
class Iris:
    """A folder in which iris was rehearsed once, and what came of it."""

    root: Path
    first: Rehearsed
    progress: list[CellProgress]

    async def again(self, notebook: Notebook, **more: object) -> Rehearsed:
        request = request_for(notebook, iris_slice(notebook), self.root, **more)
        return await rehearse(request, on_event=unheard)


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Iris:
    root = tmp_path_factory.mktemp("iris")
    notebook = iris_notebook()
    progress: list[CellProgress] = []
    request = request_for(notebook, iris_slice(notebook), root)
    first = asyncio.run(rehearse(request, on_event=unheard, on_cell=progress.append))
    return Iris(root, first, progress)


def without_times(examples: tuple[Example, ...]) -> list[tuple[object, ...]]:
    return [(e.function, e.cell, e.arguments, e.result, e.compare) for e in examples]


EXAMPLES = [
    ("predict", "cell-6", {"row": [5.1, 3.5, 1.4, 0.2]}, "setosa", "tolerance"),
    ("predict", "cell-6", {"row": [5.9, 3.0, 5.1, 1.8]}, "virginica", "tolerance"),
]


def test_the_model_is_stored_and_can_be_loaded(iris: Iris) -> None:
    (artifact,) = iris.first.artifacts
    assert (artifact.name, artifact.file, artifact.format) == ("model", "model.joblib", "joblib")
    assert artifact.modules == ("joblib", "numpy", "sklearn")
    model = joblib.load(iris.first.folder / artifact.file)
    assert list(model.predict([[5.1, 3.5, 1.4, 0.2]])) == [0]


def test_the_calls_of_the_example_cell_are_the_examples(iris: Iris) -> None:
    assert without_times(iris.first.examples) == EXAMPLES
    assert all(example.seconds > 0 for example in iris.first.examples)
    assert iris.first.seen["predict"]["returns"] == [{"kind": "str"}]


def test_only_what_is_needed_runs_and_the_examples_last(iris: Iris) -> None:
    assert iris.first.ran == ("cell-1", "cell-4", "cell-2", "cell-5", "cell-6")
    states = [(p.number, p.state) for p in iris.progress[:2]]
    assert states == [(1, "running"), (1, "done")]
    assert iris.progress[2].first_line == "from sklearn.datasets import load_iris"


def test_nothing_changed_nothing_runs(iris: Iris) -> None:
    code = """
import asyncio, pathlib, sys
sys.path.insert(0, sys.argv[1])
from conftest import *
from jupyter_modelship.rehearsal import rehearse
notebook = iris_notebook(aside="2 + 2")
request = request_for(notebook, iris_slice(notebook), pathlib.Path(sys.argv[2]))
print(asyncio.run(rehearse(request, on_event=print)).cached)
print(sorted({"papermill", "nbclient", "jupyter_client", "nbformat"} & set(sys.modules)))
"""
    argv = [sys.executable, "-c", code, str(Path(__file__).parent), str(iris.root)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["all", "[]"]


async def test_changed_code_of_an_endpoint_runs_the_examples_alone(iris: Iris) -> None:
    changed = await iris.again(iris_notebook(predict=PREDICT_AGAIN))
    assert changed.cached == "artifacts"
    assert changed.ran == ("cell-2", "cell-5", "cell-6")
    assert changed.artifacts == iris.first.artifacts
    assert without_times(changed.examples) == EXAMPLES


async def test_a_parameter_reaches_the_training_by_papermill(iris: Iris) -> None:
    tuned = await iris.again(iris_notebook(), parameters={"MAX_ITER": 7})
    model = joblib.load(tuned.folder / "model.joblib")
    assert (tuned.cached, model.max_iter) == ("nothing", 7)


async def test_what_is_known_is_told_before_anything_runs(iris: Iris) -> None:
    def request(notebook: Notebook, **more: object) -> RehearsalRequest:
        return request_for(notebook, iris_slice(notebook), iris.root, **more)

    same = await known(request(iris_notebook(aside="3 + 3")))
    assert same == Known(iris.first.artifacts, iris.first.folder, examples=True)
    changed = await known(request(iris_notebook(predict=PREDICT_AGAIN + "\n")))
    assert changed == Known(iris.first.artifacts, iris.first.folder, examples=False)
    assert await known(request(iris_notebook(fit=FIT + "\n"))) is None
    assert await known(request(iris_notebook(), fresh=True)) is None
