"""Only what an example cell itself calls becomes an example, as it was when it was called."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.rehearsal.injected import calls as module
from jupyter_modelship.rehearsal.injected.calls import Calls

NOTEBOOK = """
def predict(row, scale=1.0, *, unit="cm"):
    "Says it."
    row.append(scale)
    return {"sum": sum(row), "unit": unit}

def outer(row):
    return predict(row)

def many(*rows, **named):
    return len(rows) + len(named)

async def later(value):
    return value + 1

def broken(value):
    raise KeyError(value)

def odd(value):
    return object()
"""
ENDPOINTS = ["predict", "outer", "many", "later", "broken", "odd", "absent"]


class Kernel:
    """A notebook's namespace in which cells run as in IPython, without one."""

    def __init__(self, path: Path) -> None:
        self.names: dict[str, Any] = {}
        self.path = path
        self.calls = Calls(str(path), self.names)
        self.run(NOTEBOOK)

    def run(self, source: str) -> None:
        exec(compile(source, "<cell>", "exec"), self.names)

    def example(self, source: str) -> list[dict[str, Any]]:
        self.calls.watch(ENDPOINTS)
        self.calls.cell = "cell-9"
        self.run(source)
        self.calls.cell = None
        self.calls.unwatch(ENDPOINTS)
        text = self.path.read_text() if self.path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path / "calls.jsonl")


def test_arguments_are_bound_by_name_before_the_function_changes_them(kernel: Kernel) -> None:
    (line,) = kernel.example("predict([1, 2], 3)")
    assert line.pop("seconds") > 0
    number = {"kind": "int"}
    assert line == {
        "function": "predict",
        "cell": "cell-9",
        "takes": {"row": {"kind": "list", "items": [number]}, "scale": number},
        "arguments": {"row": [1, 2], "scale": 3},
        "returns": {"kind": "dict", "fields": {"sum": number, "unit": {"kind": "str"}}},
        "result": {"sum": 6, "unit": "cm"},
    }


TOP_LEVEL = [
    ("predict([1])", 1),
    ("for at in range(3):\n    predict([at])", 3),
    ("[predict([at]) for at in range(2)]", 2),
    ("{at: predict([at]) for at in range(2)}", 2),
    ("list(predict([at]) for at in range(2))", 2),
    ("list(map(predict, [[1], [2]]))", 2),
    ("sorted([1, 2], key=lambda at: predict([at])['sum'])", 2),
    ("if True:\n    with open('/dev/null'):\n        predict([1])", 1),
    ("outer([1])", 1),
    ("def show():\n    return predict([1])\nshow()", 0),
    ("class A:\n    def f(self):\n        return predict([1])\nA().f()", 0),
    ("exec('predict([1])', {'predict': predict})", 0),
]


@pytest.mark.parametrize(("source", "count"), TOP_LEVEL)
def test_only_calls_at_the_top_level_of_the_cell_count(
    kernel: Kernel, source: str, count: int
) -> None:
    assert len(kernel.example(source)) == count


def test_a_call_of_one_endpoint_by_another_is_no_example(kernel: Kernel) -> None:
    assert [line["function"] for line in kernel.example("outer([1])")] == ["outer"]


def test_calls_outside_of_example_cells_do_not_count(kernel: Kernel) -> None:
    kernel.calls.watch(ENDPOINTS)
    kernel.run("predict([1])")
    assert not kernel.path.exists()


def test_an_async_endpoint_is_recorded_with_what_it_answers(kernel: Kernel) -> None:
    kernel.names["asyncio"] = asyncio
    lines = kernel.example("coroutine = later(1)")
    assert lines == []
    assert asyncio.run(kernel.names["coroutine"]) == 2
    (line,) = (json.loads(text) for text in kernel.path.read_text().splitlines())
    assert (line["arguments"], line["result"], line["cell"]) == ({"value": 1}, 2, "cell-9")


def test_keywords_of_any_name_are_named_and_positions_listed(kernel: Kernel) -> None:
    (line,) = kernel.example("many(1, 2, a=3)")
    assert (line["arguments"], line["result"]) == ({"rows": [1, 2], "a": 3}, 3)


def test_a_call_that_fails_is_no_example(kernel: Kernel) -> None:
    assert kernel.example("try:\n    broken(1)\nexcept KeyError:\n    pass") == []
    assert kernel.example("try:\n    predict()\nexcept TypeError:\n    pass") == []


def test_what_has_no_json_form_is_left_out_with_the_reason_but_described(kernel: Kernel) -> None:
    lines = kernel.example("odd(1)\npredict([float('nan')])")
    assert [line["left_out"] for line in lines] == [
        "its result cannot be sent as JSON: builtins.object has no JSON form",
        "an argument cannot be sent as JSON: nan is no JSON number",
    ]
    assert lines[0]["returns"] == {"kind": "other", "type": "builtins.object"}


def test_more_than_a_hundred_calls_are_not_kept(kernel: Kernel) -> None:
    lines = kernel.example("for at in range(300):\n    predict([at])")
    assert len(lines) == module.CALLS + 1
    assert lines[-1] == {
        "function": "predict",
        "cell": "cell-9",
        "left_out": "more than 100 calls",
    }


def test_an_example_of_more_than_a_mebibyte_is_described_only(kernel: Kernel) -> None:
    (line,) = kernel.example("predict(list(range(300_000)))")
    assert line["left_out"] == "more than 1 MiB of JSON"
    assert ("arguments" in line, "result" in line, "takes" in line) == (False, False, True)


def test_the_functions_are_the_notebooks_own_before_and_after(kernel: Kernel) -> None:
    before = kernel.names["predict"]
    kernel.calls.watch(ENDPOINTS)
    kernel.calls.watch(ENDPOINTS)
    watched = kernel.names["predict"]
    assert (watched.__name__, watched.__doc__) == ("predict", "Says it.")
    assert str(inspect.signature(watched)) == str(inspect.signature(before))
    kernel.calls.unwatch(ENDPOINTS)
    assert kernel.names["predict"] is before
