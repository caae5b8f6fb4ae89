"""From a notebook to its bundle, whole. A folder is a case.

`notebook.ipynb`  what a person wrote
`given.json`      what a rehearsal told: artifact files, types, examples; local modules that ship
`expected/`       every generated file, but for the runtime's own, and the source map
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from jupyter_modelship.bundle import store
from jupyter_modelship.bundle.render import RenderInput, render, source_map_json
from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.contract import declare, fill, seen_from_json
from jupyter_modelship.model import Artifact, Cell, Example, Lock, Notebook
from jupyter_modelship.notebook import extract, read
from jupyter_modelship.plan.merge import merge
from jupyter_modelship.plan.plan import service_name
from jupyter_modelship.process import environment

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/given.json"))
LOCK = Lock("msgspec==0.20.0 \\\n    --hash=sha256:0\n", "0" * 64, "3.11", (), "kernel")
CALL = """
import asyncio, json, urllib.parse
import service
from modelship_runtime import App
from modelship_runtime.core import Core
from modelship_runtime.log import Log

(app,) = [value for value in vars(service).values() if isinstance(value, App)]

async def replies():
    core = Core(app, Log(2))
    for example in json.load(open("examples.json", encoding="utf-8")):
        endpoint = app.endpoints[example["method"], example["path"]]
        body = json.dumps(example["arguments"]).encode()
        query = urllib.parse.urlencode(example["arguments"])
        yield json.loads(await core.answer(endpoint, body, query, "request"))

async def main():
    routes = sorted(" ".join(route) for route in app.endpoints)
    print(json.dumps([routes, [reply async for reply in replies()]]))

asyncio.run(main())
"""


def case_notebook(case: Path) -> Notebook:
    notebook = read((case / "notebook.ipynb").read_bytes()).notebook
    assert notebook is not None
    return notebook


def given_of(case: Path, notebook: Notebook) -> RenderInput:
    """What the bundle of a case is made of, without the runtime."""
    told: Mapping[str, Any] = json.loads((case / "given.json").read_text())
    extracted = extract(notebook)
    assert extracted.slice is not None
    assert [one for one in extracted.findings if one.severity == "block"] == []
    declared, findings = declare(extracted.slice)
    assert findings == ()
    contract, findings = fill(declared, seen_from_json(told.get("seen", {})))
    assert findings == ()
    merged = merge(notebook.options)
    assert merged.findings == ()
    artifacts = [
        Artifact(name, file, file.rpartition(".")[2], hashlib.sha256(b"").hexdigest(), 0)
        for name, file in told["artifacts"].items()
    ]
    return RenderInput(
        service=service_name(f"{case.name}.ipynb", merged.options),
        slice=extracted.slice,
        contract=contract,
        options=merged.options,
        lock=LOCK,
        artifacts=tuple(artifacts),
        examples=tuple(Example(**example) for example in told["examples"]),
        local_modules={name: (case / name).read_bytes() for name in told.get("modules", ())},
        titles={cell.id: cell.first_line for cell in notebook.cells},
    )


def made_of(given: RenderInput) -> dict[str, bytes]:
    bundle = render(given)
    return {**bundle.files, "service.map.json": source_map_json(bundle)}


@pytest.fixture(params=CASES, ids=lambda case: str(case.name))
def case(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def test_the_bundle_is_the_expected_one(case: Path, request: pytest.FixtureRequest) -> None:
    made = made_of(given_of(case, case_notebook(case)))
    folder = case / "expected"
    if request.config.getoption("--update-golden", default=False):
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in made.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    expected = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert made == expected


def test_an_unrelated_cell_changes_no_byte(case: Path) -> None:
    notebook = case_notebook(case)
    strangers = (
        Cell("new-1", 0, "markdown", "# News"),
        Cell("new-2", 0, "code", "import json\nunrelated = json.dumps([1])\nprint(unrelated)"),
    )
    cells = tuple(
        dataclasses.replace(cell, number=number)
        for number, cell in enumerate((*strangers, *notebook.cells, strangers[1]), 1)
    )
    cells = (*cells[:-1], dataclasses.replace(cells[-1], id="new-3"))
    more = dataclasses.replace(notebook, cells=cells, digest="0" * 64)
    assert made_of(given_of(case, more)) == made_of(given_of(case, notebook))


def test_the_generated_code_is_clean(case: Path) -> None:
    """By ruff: it parses, and pyflakes finds nothing that the notebook's author did not write."""
    outcome = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "E9,F",
         "--line-length", "100", str(case / "expected" / "service.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout


def test_openapi_is_valid(case: Path) -> None:
    validate(json.loads((case / "expected" / "openapi.json").read_bytes()))


def test_the_service_answers_as_the_notebook_did(case: Path, tmp_path: Path) -> None:
    """With the real runtime, in a process of its own, with artifacts that were computed."""
    notebook = case_notebook(case)
    given = dataclasses.replace(given_of(case, notebook), runtime_files=read_runtime())
    bundle = render(dataclasses.replace(given, artifacts=_computed(notebook, given, tmp_path)))
    folder = store.write(bundle, artifacts=tmp_path, store=tmp_path / "store")
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", CALL],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == [
        sorted(f"{one.method} {one.path}" for one in given.contract.endpoints),
        [example.result for example in given.examples],
    ]


def _computed(notebook: Notebook, given: RenderInput, folder: Path) -> tuple[Artifact, ...]:
    """The artifacts of just the cells that the slice says a rehearsal must run, run here."""
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in given.slice.rehearsal if given.artifacts else ():
        exec(compile(notebook.cell(cell).source, cell, "exec"), names)
    return tuple(_pickled(artifact, names[artifact.name], folder) for artifact in given.artifacts)


def _pickled(artifact: Artifact, value: object, folder: Path) -> Artifact:
    data = pickle.dumps(value)
    made = dataclasses.replace(
        artifact, file=f"{artifact.name}.pickle", sha256=hashlib.sha256(data).hexdigest()
    )
    (folder / made.file).write_bytes(data)
    return made
