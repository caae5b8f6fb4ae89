"""service.py: the notebook's statements as they stand, and what we add around them."""

from __future__ import annotations

import ast
import dataclasses

import pytest

from jupyter_modelship.bundle.emit_python import ServiceSource, emit_service
from jupyter_modelship.bundle.render import RenderInput
from jupyter_modelship.contract import declare
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Computed, Slice, Statement
from jupyter_modelship.plan.options import Options

WHOLE = '''"""iris: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

# cell c1: Imports
from __future__ import annotations

from modelship_runtime import App, artifact

app = App("iris")

# cell c1: Imports
from dataclasses import dataclass
from typing import Literal

# by hand
NAMES = ["no",
         "yes"]


# cell c2
@dataclass
class Flower:
    sepal: float
    petal: float = 1.0


# computed in cells c3, c4
model = artifact(
    "model",
    "model.json",
    sha256="{digest}",
)


# cell c5
# modelship: endpoint
def predict(it: Flower, how: Literal["a", "b"] = "a") -> str:
    """Which flower | is it?"""
    return NAMES[round(model["w"] * it.sepal)]


# cell c6
async def later(rows: list[float]) -> list[float]:
    return [row * 2 for row in rows]


app.serve(predict, "POST /predict", takes={{"it": Flower, "how": Literal["a", "b"]}}, returns=str)
app.serve(later, "POST /later", takes={{"rows": list[float]}}, returns=list[float])
'''


def emit(given: RenderInput, *, computed: bool = True) -> ServiceSource:
    return emit_service(
        given.service,
        given.slice,
        given.contract,
        given.options,
        artifacts={one.name: one for one in given.artifacts} if computed else {},
        titles=given.titles,
    )


def with_statements(given: RenderInput, *statements: Statement) -> RenderInput:
    slice_ = dataclasses.replace(
        given.slice,
        statements=(*given.slice.statements[:4], *statements, *given.slice.statements[4:]),
        computed=(Computed("model", ("c3",), len(given.slice.statements) + len(statements)),),
    )
    return dataclasses.replace(given, slice=slice_, contract=declare(slice_)[0])


def test_the_whole_file(given: RenderInput) -> None:
    assert emit(given).text == WHOLE.format(digest=given.artifacts[0].sha256)


def test_lines_know_where_they_came_from(given: RenderInput) -> None:
    source = emit(given)
    numbered = dict(enumerate(source.text.split("\n"), 1))
    cells = {"c1": ["", "from __future__ import annotations"]}
    for statement in given.slice.statements:
        lines = cells.setdefault(statement.cell, [])
        lines += [""] * (statement.line - 1 - len(lines))
        lines[statement.line - 1 :] = statement.text.split("\n")
    theirs = {
        line: origin
        for line, origin in source.source_map.items()
        if origin[0] not in ("c3", "c4") and not numbered[line].startswith("app.serve")
    }
    assert len(theirs) == 16
    assert all(numbered[line] == cells[cell][at - 1] for line, (cell, at) in theirs.items())


def test_artifacts_and_registrations_point_to_the_cells_behind_them(given: RenderInput) -> None:
    source = emit(given)
    numbered = dict(enumerate(source.text.split("\n"), 1))
    origins = {numbered[line]: origin for line, origin in source.source_map.items()}
    assert origins["model = artifact("] == ("c4", 1)
    assert origins[source.text.split("\n")[-3]] == ("c5", 2)


def test_only_options_that_differ_are_said(given: RenderInput) -> None:
    options = Options(body_limit=2048, time_limit=1.5, depth_limit=8, execution="inline")
    text = emit(dataclasses.replace(given, options=options)).text
    assert (
        'app = App("iris", body_limit=2048, depth_limit=8, time_limit=1.5, execution="inline")'
        in text
    )


def test_an_artifact_that_is_not_there_yet_names_no_file(given: RenderInput) -> None:
    assert '\nmodel = artifact("model")\n' in emit(given, computed=False).text


def test_the_notebooks_own_names_go_first(given: RenderInput) -> None:
    text = emit(
        with_statements(
            given,
            Statement("c9", 1, "app = 3", "constant", ("app",)),
            Statement("c9", 2, "App = 4", "constant", ("App",)),
            Statement("c9", 3, "artifact = 5", "constant", ("artifact",)),
            Statement("c9", 4, "app_ = 6", "constant", ("app_",)),
        )
    ).text
    assert "from modelship_runtime import App as App_, artifact as artifact_\n" in text
    assert '\napp__ = App_("iris")\n' in text
    assert "\nmodel = artifact_(\n" in text
    assert '\napp__.serve(later, "POST /later"' in text


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\r\ny = 2",
        "x = '''a\rb'''",
        "\fx = 1",
        "if True:\n\tx = 1",
        "# coding: latin-1\nx = 'ä'",
        "x = 'a\u2028b'",
        "x = '\x85'",
        "x = \\\n  1",
        "x = f'{1!r}' b'' if 0 else rb'\\x'",
        "x = 1; y = 2",
        "# type: ignore\nx = 1 # noqa",
        "def x():\n    '''\n# cell c5\n    '''",
    ],
)
def test_statements_stay_what_they_are(text: str, given: RenderInput) -> None:
    try:
        ast.parse(text)
    except SyntaxError:
        text = text.replace(" b'' if 0 else rb'\\x'", "")
    source = emit(with_statements(given, Statement("c9", 1, text, "constant", ("x",)))).text
    body = ast.parse(source.encode()).body
    wanted = ast.dump(ast.parse(text).body[0])
    assert wanted in [ast.dump(node) for node in body]


@pytest.mark.parametrize("text", ["x = (", "x = 1 \\", "x = '''", "  x = 1", "x = '\0'"])
def test_what_does_not_parse_by_itself_never_ships(text: str, given: RenderInput) -> None:
    with pytest.raises(ModelshipError, match="no Python that this interpreter can read"):
        emit(with_statements(given, Statement("c9", 1, text, "constant", ("x",))))


def test_a_file_that_says_something_else_is_refused(
    given: RenderInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_modelship.bundle.emit_python.source_lines", lambda text: ["x = 1"])
    with pytest.raises(ModelshipError, match="does not say what"):
        emit(given)


def test_empty_lines_of_the_notebook_stay_single(given: RenderInput) -> None:
    text = emit(
        with_statements(
            given,
            Statement("c9", 1, "a = 1", "constant", ("a",)),
            Statement("c9", 2, "b = 2", "constant", ("b",)),
            Statement("c9", 9, "c = 3", "constant", ("c",)),
        )
    ).text
    assert "\n\n# cell c9\na = 1\nb = 2\n\nc = 3\n\n\n# cell c2\n" in text


def test_a_slice_without_future_imports_or_artifacts(slice_: Slice, given: RenderInput) -> None:
    bare = dataclasses.replace(slice_, statements=slice_.statements[1:], computed=())
    text = emit_service(
        "iris", bare, declare(bare)[0], Options(), artifacts={}, titles=given.titles
    ).text
    assert text.split("\n")[3:9] == [
        '"""',
        "",
        "from modelship_runtime import App",
        "",
        'app = App("iris")',
        "",
    ]
