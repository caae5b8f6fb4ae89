"""One slice of everything: future import, artifact, class, async, two endpoints."""

from __future__ import annotations

import hashlib

import pytest

from jupyter_modelship.bundle.render import RenderInput
from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.contract import declare
from jupyter_modelship.model import (
    Artifact,
    Computed,
    Endpoint,
    Example,
    Lock,
    Parameter,
    Slice,
    Statement,
)
from jupyter_modelship.plan.options import Options

NAMES = '# by hand\nNAMES = ["no",\n         "yes"]'
FLOWER = """@dataclass
class Flower:
    sepal: float
    petal: float = 1.0"""
PREDICT = '''# modelship: endpoint
def predict(it: Flower, how: Literal["a", "b"] = "a") -> str:
    """Which flower | is it?"""
    return NAMES[round(model["w"] * it.sepal)]'''
LATER = "async def later(rows: list[float]) -> list[float]:\n    return [row * 2 for row in rows]"
PINS = "msgspec==0.20.0 \\\n    --hash=sha256:00\n"
MODEL = b'{"w": 1}'


@pytest.fixture
def slice_() -> Slice:
    return Slice(
        endpoints=(
            Endpoint(
                "predict",
                "POST",
                "/predict",
                "c5",
                2,
                (Parameter("it", "Flower"), Parameter("how", 'Literal["a", "b"]', '"a"')),
                "str",
                doc="Which flower | is it?",
            ),
            Endpoint(
                "later",
                "POST",
                "/later",
                "c6",
                1,
                (Parameter("rows", "list[float]"),),
                "list[float]",
                is_async=True,
            ),
        ),
        statements=(
            Statement("c1", 2, "from __future__ import annotations", "future"),
            Statement("c1", 3, "from dataclasses import dataclass", "import", ("dataclass",)),
            Statement("c1", 4, "from typing import Literal", "import", ("Literal",)),
            Statement(
                "c1", 7, '# by hand\nNAMES = ["no",\n         "yes"]', "constant", ("NAMES",)
            ),
            Statement("c2", 1, FLOWER, "definition", ("Flower",)),
            Statement("c5", 1, PREDICT, "definition", ("predict",)),
            Statement("c6", 1, LATER, "definition", ("later",)),
        ),
        computed=(Computed("model", ("c3", "c4"), 5),),
        rehearsal=("c3", "c4"),
        examples=("c7",),
        example_needs=(),
        example_names=(),
        parameters=(),
        modules=("dataclasses", "typing"),
        installs=(),
        verdicts=(),
    )


@pytest.fixture
def given(slice_: Slice) -> RenderInput:
    return RenderInput(
        service="iris",
        slice=slice_,
        contract=declare(slice_)[0],
        options=Options(),
        lock=Lock(
            "msgspec==0.20.0 \\\n    --hash=sha256:00\n",
            "1" * 64,
            "3.11",
            (("msgspec", "0.20.0"),),
            "kernel",
        ),
        artifacts=(
            Artifact("model", "model.json", "json", hashlib.sha256(MODEL).hexdigest(), len(MODEL)),
        ),
        examples=(Example("predict", "c7", {"it": {"sepal": 1.0}}, "yes"),),
        runtime_files=read_runtime(),
        titles={"c1": "# Imports", "c5": "# modelship: endpoint", "c6": "secret = 1"},
    )


@pytest.fixture
def model() -> bytes:
    return MODEL
