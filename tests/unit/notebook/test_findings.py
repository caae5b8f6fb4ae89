"""Every finding: a notebook that has it, and the whole of what is said."""

from __future__ import annotations

import json

import pytest

from jupyter_modelship.model import Finding
from jupyter_modelship.notebook import extract, read
from jupyter_modelship.notebook.catalogue import BY_CODE

from .conftest import CellText, codes, document, extracted

SERVED = ("def predict():\n    return 1", "endpoint")
NOTEBOOKS: dict[str, tuple[CellText, ...]] = {
    "broken-cell": ("x = = 1", SERVED),
    "syntax-error": ("helper = = 1", ("def predict(): return helper", "endpoint")),
    "unknown-word": ("# modelship: endpiont\nx = 1", SERVED),
    "contradicting-words": (("x = 1", "skip", "train"), SERVED),
    "bad-route": (("def f(): ...", "endpoint:PUT /x"),),
    "no-endpoint": ("x = 1",),
    "function-to-write": ("model.predict(X)",),
    "endpoint-without-function": (("f = lambda x: x", "endpoint"),),
    "duplicate-route": (SERVED, ("def predict(): ...", "endpoint")),
    "open-signature": (("def predict(*rows, **more): ...", "endpoint"),),
    "generator": (("def predict():\n    yield 1", "endpoint"),),
    "endpoint-rebound": (SERVED, "predict = 3"),
    "orphan-name": (("def predict():\n    return gone", "endpoint"),),
    "deleted-name": ("x = 1", "del x", ("def predict():\n    return x", "endpoint")),
    "use-before-definition": ("y = x + [1]", "x = []", ("def predict(): return y", "endpoint")),
    "needs-skipped-cell": (("x = 1", "skip"), ("def predict(): return x", "endpoint")),
    "changes-later": (
        "import m\nx = m.make()",
        ("def predict(y=x): return y", "endpoint"),
        "x = m.make()",
    ),
    "setup-changed-elsewhere": (
        ("x = []", "setup"),
        "x.append(1)",
        ("def predict(): return x", "endpoint"),
    ),
    "not-an-artifact": (
        "for n in [1]:\n    def helper(): ...",
        ("def predict(): return helper()", "endpoint"),
    ),
    "main-guard": (
        "if __name__ == '__main__':\n    def helper(): ...",
        ("def predict(): return helper()", "endpoint"),
    ),
    "example-without-call": (SERVED, ("print(1)", "example")),
    "example-left-out": (SERVED, "predict(later)", "later = 1"),
    "reads-file": (("def predict(): return open('data.csv').read()", "endpoint"),),
    "asks-a-person": (("def predict(): return input()", "endpoint"),),
    "ends-the-process": (("def predict(): exit()", "endpoint"),),
    "needs-ipython": (("def predict(): get_ipython()", "endpoint"),),
    "shows-output": (("def predict(): display(1)", "endpoint"),),
    "needs-file": (("def predict(): return __file__", "endpoint"),),
    "relative-import": (("def predict():\n    from . import x", "endpoint"),),
    "reads-environment": (
        "import os\nKEY = os.environ['KEY']",
        ("def predict(): return KEY", "endpoint"),
    ),
    "top-level-await": (
        "async def connect(): ...",
        ("link = await connect()", "setup"),
        ("def predict(): return link", "endpoint"),
    ),
    "magic-in-code": (("def predict():\n    !ls\n    return 1", "endpoint"),),
    "magic-binds": ("files = !ls", ("def predict(): return files", "endpoint")),
    "setting-stays": (
        "import numpy as np\nnp.set_printoptions(precision=2)",
        ("def predict(): return np.pi", "endpoint"),
    ),
    "star-import": ("from math import *", ("def predict(): return sqrt(2)", "endpoint")),
    "shared-state": ("seen = []", ("def predict(x): seen.append(x)", "endpoint")),
}
SPOILED: dict[str, dict[str, object]] = {
    "odd-field": {"metadata": []},
    "odd-cell": {"cells": [3]},
    "odd-id": {"cells": [{"cell_type": "code", "id": "not an id", "source": ""}]},
    "odd-tags": {"cells": [{"cell_type": "code", "source": "", "metadata": {"tags": "x"}}]},
    "lone-surrogate": {"cells": [{"cell_type": "code", "source": "'\ud800'"}]},
    "not-python": {"metadata": {"language_info": {"name": "R"}}},
}
ELSEWHERE = {
    "empty-file", "not-utf8", "not-json", "too-deep", "not-a-notebook", "other-format",
    "unknown-endpoint", "mark-on-text", "out-of-order", "never-ran",
}  # fmt: skip
"""Checked by tests of their own, in this file and in `test_malformed.py`."""


def test_every_check_of_the_catalogue_is_emitted_by_a_test_and_none_is_missing() -> None:
    assert NOTEBOOKS.keys() | SPOILED.keys() | ELSEWHERE == BY_CODE.keys()


@pytest.mark.parametrize("code", NOTEBOOKS)
def test_a_notebook_that_has_it_gets_the_finding(code: str) -> None:
    found = [f for f in extracted(*NOTEBOOKS[code]).findings if f.code == code]
    assert found
    for finding in found:
        assert finding.remedy
        assert finding.cell or code == "no-endpoint"
        assert finding.severity == BY_CODE[code].severity


@pytest.mark.parametrize("code", SPOILED)
def test_a_file_that_has_it_gets_the_finding(code: str) -> None:
    data = json.dumps({**document(), **SPOILED[code]}).encode()
    assert codes(read(data).findings) == [code]


def test_the_served_notebook_has_no_finding() -> None:
    assert extracted(SERVED, "predict()").findings == ()


def test_an_unknown_endpoint_is_answered_with_the_functions_there_are() -> None:
    made = extracted("def one(): ...", "def two(): ...", endpoints=("three",))
    assert made.slice is None
    assert [c.signature for c in made.candidates] == ["one()", "two()"]
    assert made.findings == (
        Finding(
            "unknown-endpoint",
            "block",
            "the notebook defines no function `three`; functions it defines: `one` and `two`",
            "choose one of the functions that the notebook defines at top level",
        ),
    )


def test_a_mark_on_text_is_worth_a_word() -> None:
    content = document(SERVED)
    made = content["cells"]
    assert isinstance(made, list)
    tags = {"tags": ["train"]}
    made.append({"cell_type": "markdown", "id": "text", "metadata": tags, "source": "Words"})
    book = read(json.dumps(content).encode()).notebook
    assert book is not None
    assert codes(extract(book).findings) == ["mark-on-text"]


def test_a_cell_that_ran_after_what_needs_it_is_out_of_order() -> None:
    made = extracted(
        "n = [1]", "n.append(2)", ("def predict(): return n", "endpoint"), counts=(4, 2, 3)
    )
    assert made.findings == (
        Finding(
            "out-of-order",
            "warn",
            "cell 1 (`n = [1]`) ran after cell 2 (`n.append(2)`), which needs its `n`: "
            "what the notebook shows is not what a run from top to bottom gives",
            "restart the kernel, run all cells, and look at the results again",
            "c2",
            2,
        ),
        Finding(
            "out-of-order",
            "warn",
            "cell 1 (`n = [1]`) ran after cell 3 (`def predict(): return n`), which needs its "
            "`n`: what the notebook shows is not what a run from top to bottom gives",
            "restart the kernel, run all cells, and look at the results again",
            "c3",
            3,
        ),
    )


def test_order_among_cells_that_do_not_matter_is_nobodys_business() -> None:
    made = extracted("print(1)", "n = 1", SERVED, counts=(9, 5, 1))
    assert made.findings == ()


def test_a_needed_cell_that_never_ran_is_worth_a_word() -> None:
    made = extracted(
        "n = []", "n.append(1)", ("def predict(): return n", "endpoint"), counts=(1, None, 2)
    )
    assert codes(made.findings) == ["never-ran"]
    assert made.findings[0].cell == "c2"


def test_a_notebook_without_counts_was_cleared_and_tells_nothing() -> None:
    assert extracted("n = 1", ("def predict(): return n", "endpoint")).findings == ()


def test_a_cell_above_what_it_needs_is_told_where_to_go() -> None:
    made = extracted("import m\ny = m.f(x)", "x = 1", ("def predict(): return y", "endpoint"))
    assert made.findings == (
        Finding(
            "use-before-definition",
            "block",
            "cell 1 (`import m`) uses `x`, which is defined only below, in cell 2 (`x = 1`)",
            "move cell 2 (`x = 1`) above cell 1 (`import m`)",
            "c1",
            1,
            2,
        ),
    )


@pytest.mark.parametrize("broken", ["predict_helper = = 1", "def predict_helper(:"])
def test_a_broken_cell_that_may_define_what_is_missing_blocks(broken: str) -> None:
    made = extracted(broken, ("def predict(): return predict_helper", "endpoint"))
    assert {(f.code, f.severity) for f in made.findings} == {
        ("syntax-error", "block"),
        ("orphan-name", "block"),
    }


def test_a_misspelt_name_is_told_once_where_it_stands_with_what_may_be_meant() -> None:
    made = extracted(
        'SPECIES = ["setosa"]',
        ("def predict(n: int) -> str:\n    return SPECIE[n]", "endpoint"),
        ("predict(0)", "example"),
        ("predict(1)", "example"),
    )
    assert made.findings == (
        Finding(
            "orphan-name",
            "block",
            "cell 2 (`def predict(n: int) -> str:`) uses `SPECIE`, which no cell defines",
            "write `SPECIES` if that of cell 1 is meant, or define `SPECIE` in a cell",
            "c2",
            2,
            2,
        ),
    )


def test_a_name_that_is_bound_too_late_is_missing_where_the_function_is_called() -> None:
    made = extracted(
        "def helper(): return late",
        "y = [helper()]",
        "late = 1",
        ("def predict(): return y", "endpoint"),
    )
    assert [(f.code, f.cell, f.line) for f in made.findings] == [("use-before-definition", "c2", 1)]


def test_a_notebook_that_ends_in_a_call_of_a_model_is_offered_its_function() -> None:
    made = extracted("model = make()", "answers = model.predict(X)")
    assert made.findings[1].message == (
        "cell 2 (`answers = model.predict(X)`) calls `model.predict`: this function would serve "
        "it\ndef predict(X):\n    return model.predict(X)"
    )
