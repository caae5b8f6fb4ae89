"""The bundle is a function of its input, and of nothing else."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from jupyter_modelship.bundle.render import (
    RenderInput,
    incomplete,
    preview,
    render,
    source_map_json,
)
from jupyter_modelship.contract import declare
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Artifact, Parameter
from jupyter_modelship.plan.options import Options

SCRIPT = """
import pickle, sys
from jupyter_modelship.bundle.render import render
given = pickle.loads(open(sys.argv[1], "rb").read())
bundle = render(given)
sys.stdout.buffer.write(pickle.dumps((bundle.digest, dict(bundle.files), dict(bundle.source_map))))
"""


def test_the_files_of_a_bundle(given: RenderInput) -> None:
    bundle = render(given)
    ours = {path for path in bundle.files if not path.startswith("modelship_runtime/")}
    assert ours == {
        "Containerfile",
        "README.md",
        "examples.json",
        "openapi.json",
        "requirements.lock",
        "service.py",
    }
    assert "modelship_runtime/__main__.py" in bundle.files
    assert bundle.artifacts == given.artifacts
    assert bundle.files["requirements.lock"].decode() == given.lock.text
    assert json.loads(bundle.files["examples.json"]) == [
        {
            "function": "predict",
            "method": "POST",
            "path": "/predict",
            "arguments": {"it": {"sepal": 1.0}},
            "result": "yes",
            "compare": "tolerance",
        }
    ]
    validate(json.loads(bundle.files["openapi.json"]))
    assert json.loads(source_map_json(bundle))["7"] == ["c1", 2]


def test_the_same_input_gives_the_same_bytes_in_any_process(
    given: RenderInput, tmp_path: Path
) -> None:
    path = tmp_path / "given"
    options = dataclasses.replace(given.options, parameters={})  # a mapping that pickles
    path.write_bytes(pickle.dumps(dataclasses.replace(given, options=options)))
    made = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(path)],
            check=True,
            capture_output=True,
            cwd=cwd,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "HOME": home},
        ).stdout
        for cwd, seed, zone, home in (
            (str(tmp_path), "1", "Pacific/Kiritimati", "/"),
            (str(Path.cwd()), "4294967295", "America/Adak", str(tmp_path)),
        )
    ]
    one, other = map(pickle.loads, made)
    assert one == other
    assert one[0] == render(given).digest


def test_no_order_of_the_input_matters_but_that_of_the_notebook(given: RenderInput) -> None:
    turned = dataclasses.replace(
        given,
        runtime_files=dict(reversed(list(given.runtime_files.items()))),
        titles=dict(reversed(list(given.titles.items()))),
        artifacts=tuple(reversed(given.artifacts)),
    )
    assert render(turned) == render(given)
    assert list(render(given).files) == sorted(render(given).files)


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "other"},
        {"options": Options(time_limit=3.0)},
        {"examples": ()},
        {"runtime_files": {"modelship_runtime/__init__.py": b""}},
        {"local_modules": {"features.py": b""}},
        {"base": "python:3.11"},
        {"artifacts": (Artifact("model", "model.json", "json", "f" * 64, 8),)},
    ],
)
def test_each_part_of_the_input_counts(changes: dict[str, object], given: RenderInput) -> None:
    assert render(dataclasses.replace(given, **changes)).digest != render(given).digest  # type: ignore[arg-type] # a table of fields


def test_a_lock_of_a_private_index_says_how_a_build_reaches_it(given: RenderInput) -> None:
    pin = "mine==1.0 \\\n    --hash=sha256:0\n    # from https://index.example/simple\n"
    private = dataclasses.replace(given.lock, text=given.lock.text + pin)
    files = render(dataclasses.replace(given, lock=private)).files
    assert b"--mount=type=secret,id=pip.conf" in files["Containerfile"]
    assert b"--secret id=pip.conf,src=pip.conf" in files["README.md"]
    plain = render(given).files
    assert b"secret" not in plain["Containerfile"] + plain["README.md"]


def test_what_is_not_complete_can_be_previewed_but_not_rendered(given: RenderInput) -> None:
    endpoint = dataclasses.replace(given.slice.endpoints[0], parameters=(Parameter("it"),))
    slice_ = dataclasses.replace(given.slice, endpoints=(endpoint,))
    bare = dataclasses.replace(
        given, slice=slice_, contract=declare(slice_)[0], artifacts=(), examples=()
    )
    assert incomplete(bare) == ("predict.it has no type yet", "model is not computed yet")
    with pytest.raises(ModelshipError, match=r"not complete: predict\.it has no type yet"):
        render(bare)
    ast.parse(preview(bare).files["service.py"])


def test_an_artifact_that_nothing_needs_does_not_ship(given: RenderInput) -> None:
    more = Artifact("spare", "spare.npy", "npy", "0" * 64, 1)
    with pytest.raises(ModelshipError, match="spare is an artifact that nothing needs"):
        render(dataclasses.replace(given, artifacts=(*given.artifacts, more)))


@pytest.mark.parametrize(
    "path",
    [
        "service.py",
        "Service.py",
        "modelship_runtime/__init__.py",
        "artifacts/model.json",
        "Containerfile",
        "../a.py",
        "/a.py",
        "a/../b.py",
        "./a.py",
        "a//b.py",
        "",
        "a\nb.py",
        "a\u202eb.py",
        "a\\b.py",
        "$HOME.py",
        "a b.py",
    ],
)
def test_a_local_module_can_take_no_others_place(path: str, given: RenderInput) -> None:
    with pytest.raises(ModelshipError):
        render(dataclasses.replace(given, local_modules={path: b""}))
