"""Deployments of the iris notebook, from the command to an answered request."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Sequence

from .children import Took
from .goals import Figure
from .machine import settle
from .page import Block, Row
from .samples import Samples
from .user import EXAMPLES, Deployed, User

FIRST_ROUNDS = 3
AGAIN_ROUNDS = 7
NOTEBOOK = "iris.ipynb"
IMPORTED_BY_NOTEBOOK = "import sklearn.datasets, sklearn.ensemble, sklearn.model_selection"
IMPORTED_BY_SERVICE = "import joblib, sklearn.ensemble"
"""What loading the model imports; service.py itself imports nothing else."""


def first(user: User, *, rounds: int, wait: float) -> Block:
    """A new home and no byte code in any environment, each time; the packages are in uv's cache."""
    shutil.copy(EXAMPLES / NOTEBOOK, user.folder / NOTEBOOK)
    user.deploy(NOTEBOOK)  # brings what the service needs into uv's cache
    quiet = settle(wait)
    imports: list[Took] = []
    deployed: list[Deployed] = []
    for _ in range(rounds):
        user.forget()
        user.drop_byte_code()
        imports.append(user.python(user.science, IMPORTED_BY_NOTEBOOK))
        user.drop_byte_code()
        deployed.append(user.deploy(NOTEBOOK))
    ours, theirs = _clock(deployed), _imports(imports)
    return Block(
        title="First deploy",
        method="The tool and the kernel in environments made by uv, without byte code; an empty "
        "home; packages in uv's cache. From the command to an answered request: rehearsal in a "
        "kernel, the service's own environment, the proof, the service.",
        rows=[
            Row(f"`{IMPORTED_BY_NOTEBOOK}`, whole process", theirs),
            Row("`modelship deploy iris.ipynb --yes` and a request", ours, ours.over(theirs)),
        ],
        figures=[Figure("first-deploy", ours, theirs)],
        versions=user.versions(user.science, "scikit-learn", "numpy", "ipykernel"),
        quiet=quiet,
        notes=[_stages(deployed)],
    )


def again(user: User, *, rounds: int, wait: float) -> Block:
    """Each time a line of the endpoint's function is another one; nothing else changes."""
    user.forget()
    shutil.copy(EXAMPLES / NOTEBOOK, user.folder / NOTEBOOK)
    user.deploy(NOTEBOOK)
    user.python(user.service_python, IMPORTED_BY_SERVICE)
    quiet = settle(wait)
    imports: list[Took] = []
    deployed: list[Deployed] = []
    for turn in range(rounds):
        change_code(user, turn)
        imports.append(user.python(user.service_python, IMPORTED_BY_SERVICE))
        deployed.append(user.deploy(NOTEBOOK))
    user.forget()
    ours, theirs = _clock(deployed), _imports(imports)
    limit = 1.3 * theirs.median + 3
    return Block(
        title="Deploy after a change of code alone",
        method="The function of the endpoint has another line; what it takes from the cells before "
        "it has not changed. From the command to an answered request of the new revision.",
        rows=[
            Row(f"`{IMPORTED_BY_SERVICE}`, whole process, byte code there", theirs),
            Row("`modelship deploy iris.ipynb --yes` and a request", ours, ours.over(theirs)),
        ],
        figures=[Figure("redeploy", ours, theirs)],
        quiet=quiet,
        notes=[f"The goal of this run: {limit:.2f} s.", _stages(deployed)],
    )


def change_code(user: User, turn: int) -> None:
    """Give `predict` a first line of its own for this turn."""
    (user.folder / NOTEBOOK).write_text(changed(turn), encoding="utf-8")


def changed(turn: int) -> str:
    """The notebook with a first line of `predict` that is this turn's own."""
    document = json.loads((EXAMPLES / NOTEBOOK).read_text(encoding="utf-8"))
    before = "    return SPECIES"
    cell = next(c for c in document["cells"] if any(before in line for line in c["source"]))
    text = "".join(cell["source"]).replace(before, f"    turn = {turn}\n{before}")
    cell["source"] = text.splitlines(keepends=True)
    return json.dumps(document)


def _clock(deployed: Sequence[Deployed]) -> Samples:
    return Samples(tuple(one.seconds for one in deployed), "s")


def _imports(took: Sequence[Took]) -> Samples:
    return Samples(tuple(one.seconds for one in took), "s")


def _stages(deployed: Sequence[Deployed]) -> str:
    """Medians by stage, as the run tells them."""
    names = list(deployed[-1].stages)
    medians = {name: statistics.median(one.stages[name] for one in deployed) for name in names}
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in medians.items())
    return f"Stages of the run, medians in seconds: {told}."
