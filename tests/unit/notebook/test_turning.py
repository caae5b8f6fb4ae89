"""Cells that end in a call: the code that is offered, and that it does the same."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from jupyter_modelship.model import Candidate

from .conftest import extracted, sliced

MODEL = """\
class Model:
    names = ["a", "b", "c"]

    def predict(self, rows):
        return [sum(row) % 3 for row in rows]

    def __call__(self, text):
        return text.upper()

model = Model()
X = [[1, 2], [3, 4]]
columns = [0, 1]
"""

TURNED: dict[str, tuple[str, str, str]] = {
    "a call": (
        "model.predict(X)",
        "predict(X)",
        """\
def predict(X):
    return model.predict(X)


predict(X)""",
    ),
    "a result that is kept": (
        "y = model.predict(X)",
        "predict(X)",
        """\
def predict(X):
    return model.predict(X)


y = predict(X)""",
    ),
    "values without a name": (
        "model.predict([[5, 1]])[0]",
        "predict(rows)",
        """\
def predict(rows):
    return model.predict(rows)[0]


predict([[5, 1]])""",
    ),
    "another form of the result": (
        "int(model.predict(X)[0])",
        "predict(X)",
        """\
def predict(X):
    return int(model.predict(X)[0])


predict(X)""",
    ),
    "a name for the result": (
        "model.names[model.predict(X)[0]]",
        "predict(X)",
        """\
def predict(X):
    return model.names[model.predict(X)[0]]


predict(X)""",
    ),
    "printed": (
        "print(model.predict(X))",
        "predict(X)",
        """\
def predict(X):
    return model.predict(X)


print(predict(X))""",
    ),
    "in a text": (
        'f"it is {model.predict(X)[0]}"',
        "predict(X)",
        """\
def predict(X):
    return model.predict(X)[0]


f'it is {predict(X)}'""",
    ),
    "judged": (
        "max(zip(X, model.predict(X)))",
        "predict(X)",
        """\
def predict(X):
    return model.predict(X)


max(zip(X, predict(X)))""",
    ),
    "what stands above and below": (
        "sample = [[1, 2]]  # one\n\n# what is it?\nmodel.predict(sample)  # a guess\n# done",
        "predict(sample)",
        """\
sample = [[1, 2]]  # one

# what is it?
def predict(sample):
    return model.predict(sample)


predict(sample)  # a guess
# done""",
    ),
    "over several lines": (
        "model.predict(\n    X,\n)",
        "predict(X)",
        """\
def predict(X):
    return model.predict(X)


predict(X)""",
    ),
    "who works on the input is no input": (
        "model.predict(list(map(tuple, X)))",
        "predict(X)",
        """\
def predict(X):
    return model.predict(list(map(tuple, X)))


predict(X)""",
    ),
    "an object that is called": (
        "text = 'ab'\nmodel(text)",
        "predict(text)",
        """\
text = 'ab'


def predict(text):
    return model(text)


predict(text)""",
    ),
    "letters of many bytes": (
        "x = '→'; \nmodel.names[model.predict(X)[0]] + 'é→'",
        "predict(X)",
        """\
x = '→';


def predict(X):
    return model.names[model.predict(X)[0]]


predict(X) + 'é→'""",
    ),
}


def offered(*cells: str) -> list[Candidate]:
    return [each for each in extracted(*cells).candidates if each.kind == "call"]


@pytest.mark.parametrize("name", TURNED)
def test_it_is_offered_as_it_would_stand(name: str) -> None:
    source, signature, turned = TURNED[name]
    assert offered(MODEL, source) == [Candidate("predict", "c2", 2, signature, "call", turned)]


@pytest.mark.parametrize("name", TURNED)
def test_the_cell_goes_on_doing_what_it_did(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    source, _, turned = TURNED[name]
    assert shown(turned, capsys) == shown(source, capsys)


def shown(source: str, capsys: pytest.CaptureFixture[str]) -> tuple[object, ...]:
    """What a notebook shows of the cell: its last value, what it printed and what it bound."""
    names: dict[str, Any] = {}
    exec(MODEL, names)
    known = {*names, "predict"}
    tree = ast.parse(source)
    last = tree.body.pop()
    exec(compile(tree, "cell", "exec"), names)
    value = None
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    else:
        exec(compile(ast.Module([last], []), "cell", "exec"), names)
    return value, capsys.readouterr().out, {k: names[k] for k in names.keys() - known}


@pytest.mark.parametrize("name", TURNED)
def test_one_tag_makes_it_a_service(name: str) -> None:
    """With its call as an example, where the cell still calls it by itself."""
    piece = sliced(MODEL, (TURNED[name][2], "endpoint"))
    assert [(one.function, one.path) for one in piece.endpoints] == [("predict", "/predict")]
    assert "c2" in piece.examples


@pytest.mark.parametrize(
    "cells",
    [
        ("import m\nm.predict = 1",),
        ("def predict(x):\n    return x", "predict(1)"),
        ("import m\nm.show(1)",),
        (MODEL, "y = 1; model.predict(X)"),
        (MODEL, "await model.predict(X)"),
        (MODEL, "model.predict(*X)"),
        (MODEL, "model.predict()"),
        (MODEL, "%time model.predict(X)"),
        (MODEL, "for x in X:\n    model.predict([x])"),
        (MODEL, "print(len(X))"),
    ],
)
def test_nothing_is_offered_where_nothing_fits(cells: tuple[str, ...]) -> None:
    assert offered(*cells) == []


def test_preprocessing_is_part_of_the_service() -> None:
    (found,) = offered(MODEL, "scaler = model", "model.predict(scaler.transform(X[columns]))")
    assert found.signature == "predict(X)"
    assert found.source is not None
    assert "return model.predict(scaler.transform(X[columns]))" in found.source


def test_a_name_that_is_taken_is_left_alone() -> None:
    (found,) = offered(MODEL, "predict = 3", "model.predict(X)")
    assert found.function == "serve_predict"


def test_of_one_callee_the_last_is_offered() -> None:
    found = offered(MODEL, "model.predict(X)", "model.transform(X)", "model.predict(X[:1])")
    assert [(one.function, one.number) for one in found] == [("transform", 3), ("predict", 4)]


def test_functions_are_offered_first() -> None:
    found = extracted(MODEL, "def one(x):\n    return x", "model.predict(X)").candidates
    assert [(one.kind, one.function) for one in found] == [("function", "one"), ("call", "predict")]
