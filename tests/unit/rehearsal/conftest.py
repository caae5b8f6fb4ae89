"""Hand-made notebooks and slices, and the kernel of this test environment."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path

from jupyter_modelship.model import (
    Cell,
    Computed,
    Distribution,
    Endpoint,
    KernelFacts,
    Notebook,
    Parameter,
    Slice,
    Statement,
    Verdict,
    VerdictKind,
)
from jupyter_modelship.places import Places, private
from jupyter_modelship.rehearsal import RehearsalRequest

FIT = """\
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=MAX_ITER, random_state=0).fit(X, y)"""
PREDICT = """\
def predict(row: list[float]) -> str:
    return NAMES[int(model.predict([row])[0])]"""
PREDICT_AGAIN = PREDICT.replace("    return", "    # a change of code\n    return")


def cell(number: int, source: str, *tags: str) -> Cell:
    return Cell(id=f"cell-{number}", number=number, kind="code", source=source, tags=tags)


def iris_notebook(*, fit: str = FIT, predict: str = PREDICT, aside: str = "1 + 1") -> Notebook:
    cells = (
        cell(1, "MAX_ITER = 200", "parameters"),
        cell(2, 'NAMES = ["setosa", "versicolor", "virginica"]'),
        cell(3, aside),
        cell(4, fit, "train"),
        cell(5, predict, "endpoint"),
        cell(6, "sample = [float(v) for v in X[0]]\npredict(sample)\npredict(row=list(X[-1]))"),
    )
    return Notebook(cells=cells, digest="0" * 64, kernel="python3")


def iris_slice(notebook: Notebook) -> Slice:
    predict = notebook.cell("cell-5").source
    names = notebook.cell("cell-2").source
    endpoint = Endpoint(
        "predict", "POST", "/predict", "cell-5", 1, (Parameter("row", "list[float]"),), "str"
    )
    kinds: tuple[VerdictKind, ...] = (
        "rehearsal",
        "source",
        "stays",
        "rehearsal",
        "endpoint",
        "stays",
    )
    return Slice(
        endpoints=(endpoint,),
        statements=(
            Statement("cell-2", 1, names, "constant", ("NAMES",)),
            Statement("cell-5", 1, predict, "definition", ("predict",)),
        ),
        computed=(Computed("model", ("cell-4",), 1, ("sklearn",), ("predict", "model")),),
        rehearsal=("cell-1", "cell-4"),
        examples=("cell-6",),
        example_needs=(),
        example_names=("X",),
        parameters=("MAX_ITER",),
        modules=(),
        installs=(),
        verdicts=tuple(Verdict(f"cell-{at}", at, kind) for at, kind in enumerate(kinds, start=1)),
    )


def facts_of(python: str = sys.executable, version: str = platform.python_version()) -> KernelFacts:
    installed = {
        name: Distribution(name, importlib.metadata.version(name)) for name in ("numpy", "joblib")
    }
    return KernelFacts(
        kernel="python3",
        python=python,
        version=version,
        base=sys.base_prefix,
        distributions=installed,
        owners={},
        standard=frozenset(sys.stdlib_module_names),
    )


def places_in(folder: Path) -> Places:
    return Places(*(private(folder / name) for name in ("state", "cache", "run")))


def request_for(notebook: Notebook, piece: Slice, root: Path, **more: object) -> RehearsalRequest:
    folder = root / "notebook"
    folder.mkdir(exist_ok=True)
    given: dict[str, object] = {
        "folder": folder,
        "facts": facts_of(),
        "kernel_name": "python3",
        "notebook": notebook,
        "slice": piece,
        "places": places_in(root),
        **more,
    }
    return RehearsalRequest(**given)  # type: ignore[arg-type]  # keywords for one dataclass


def unheard(line: str) -> None:
    """An `on_event` for tests about something else."""
