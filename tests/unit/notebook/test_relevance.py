"""Looking into the cells that may matter gives the answer of looking into all of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_modelship.notebook import extract, read

from .conftest import document, notebook
from .generated import encoded, notebooks
from .mutations import spoiled
from .test_findings import NOTEBOOKS
from .test_slice import CASES

UNRELATED = (
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])",
    "import os\nprint(os.listdir('.'))",
    "unrelated = [1, 2]\nfor each in unrelated:\n    print(each)",
    "class Unrelated:\n    def method(self):\n        return 1",
    "def helper_of_nobody(x):\n    return x + 1\n\nhelper_of_nobody(3)",
    "# only a comment",
    "",
    "%matplotlib inline\n!ls",
    "'''text with a = 1 in it'''",
)


@given(notebooks())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_short_way_and_the_thorough_way_agree(cells: list[tuple[str, ...]]) -> None:
    book = read(encoded(cells)).notebook
    assert book is not None
    assert extract(book) == extract(book, thorough=True)


@pytest.mark.parametrize("seed", range(0, 200, 4))
def test_they_agree_on_spoiled_notebooks(seed: int) -> None:
    book = read(spoiled(seed)[1]).notebook
    if book is not None:
        assert extract(book) == extract(book, thorough=True)


@given(notebooks(), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_unrelated_cell_changes_no_byte(
    cells: list[tuple[str, ...]], data: st.DataObject
) -> None:
    content = document(*cells)
    before = _shipped(content)
    made = content["cells"]
    assert isinstance(made, list)
    cell = {"cell_type": "code", "id": "new", "metadata": {}, "outputs": []}
    cell["source"] = data.draw(st.sampled_from(UNRELATED))
    made.insert(data.draw(st.integers(0, len(made))), cell)
    assert _shipped(content) == before


def test_an_unrelated_cell_changes_no_byte_of_a_notebook_without_ids() -> None:
    content = document("n = 1", ("def predict():\n    return n", "endpoint"), "predict()")
    content["nbformat_minor"] = 4
    made = content["cells"]
    assert isinstance(made, list)
    for cell in made:
        del cell["id"]
    before = _shipped(content)
    made.insert(1, {"cell_type": "code", "metadata": {}, "source": "print(2)", "outputs": []})
    assert _shipped(content) == before


def _shipped(content: dict[str, object]) -> object:
    """Everything that reaches files: the slice without what only counts cells."""
    book = read(json.dumps(content).encode()).notebook
    assert book is not None
    found = extract(book)
    codes = sorted(f.code for f in found.findings if f.severity == "block")
    if found.slice is None:
        return codes
    made = found.slice
    return codes, made.endpoints, made.statements, made.computed, made.rehearsal, made.examples


@pytest.mark.parametrize("case", CASES)
def test_they_agree_on_the_slices_that_are_written_down(case: str) -> None:
    book = notebook(*CASES[case][0], *UNRELATED)
    assert extract(book) == extract(book, thorough=True)


@pytest.mark.parametrize("code", NOTEBOOKS)
def test_they_agree_on_every_finding(code: str) -> None:
    book = notebook(*NOTEBOOKS[code], *UNRELATED)
    assert extract(book) == extract(book, thorough=True)
