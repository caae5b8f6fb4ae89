"""What `make bench` writes down is what was measured, and no figure of the issue is forgotten."""

from __future__ import annotations

import ast
import json
from dataclasses import replace

import pytest

from tests.benchmarks.__main__ import BLOCKS
from tests.benchmarks.goals import GOALS, Figure
from tests.benchmarks.machine import Quiet
from tests.benchmarks.page import Block, Row, goals_table, page, rows_table, table
from tests.benchmarks.preview import LAST_LINES, large_notebook, least, previewed
from tests.benchmarks.samples import Samples

CALM = Quiet(load=0.1, cores=0.05, waited=3.0, reached=True)
ISSUE = {
    "first-deploy": (24.9, 25.0, 0.1),
    "redeploy": (5.6, 5.7, 2.0),
    "help": (149.0, 150.0, 17.0),
    "check": (399.0, 400.0, 17.0),
    "throughput": (600.0, 599.0, 100.0),
    "preview": (1.5, 1.6, 1.0),
    "loop": (49.0, 50.0, 5.0),
    "lab-start": (1099.0, 1100.0, 1000.0),
    "lab-edit": (35.9, 36.0, 20.0),
    "lab-download": (249.0, 250.0, 5000.0),
    "lab-scroll": (50.0, 50.1, 17.0),
    "image-size": (1.5, 1.6, 1.0),
    "image-start": (0.6, 0.7, 1.0),
    "image-first": (10.0, 10.1, 40.0),
    "image-again-buildah": (0.99, 1.0, 3.0),
    "image-again-oci": (0.49, 0.5, 3.0),
    "image-code": (999.0, 1000.0, 5000.0),
    "cluster-again": (5.0, 5.1, 2.0),
    "cluster-list": (0.99, 1.0, 0.2),
}
"""Figure -> what reaches its goal, what does not, and what both are measured against."""


def seconds(*values: float) -> Samples:
    return Samples(values, "s")


def block(*figures: Figure) -> Block:
    took, base = seconds(2.0, 3.0), seconds(1.0, 2.0)
    rows = [Row("base", base), Row("ours", took, took.over(base))]
    return Block("A block", "How.", rows, figures, CALM)


def test_the_median_is_shown_with_minimum_and_maximum() -> None:
    assert str(seconds(3.0, 1.0, 2.0)) == "2.00 s (1.00–3.00)"
    assert str(Samples((1234.4, 5.0, 1500.0), "requests/s")) == "1,234 (5–1,500)"
    assert str(Samples((7.5,), "x")) == "7.50x (7.50–7.50)"


def test_a_ratio_pairs_what_was_measured_in_turn() -> None:
    assert seconds(2.0, 9.0, 4.0).over(seconds(1.0, 3.0, 4.0)).values == (2.0, 3.0, 1.0)


def test_what_was_not_measured_in_turn_has_no_ratio() -> None:
    with pytest.raises(ValueError, match="in turn"):
        seconds(1.0, 2.0).over(seconds(1.0))
    with pytest.raises(ValueError, match="in turn"):
        seconds(1.0).over(Samples((1.0,), "ms"))
    with pytest.raises(ValueError, match="nothing"):
        seconds()


@pytest.mark.parametrize("key", GOALS)
def test_a_goal_is_reached_up_to_its_limit(key: str) -> None:
    good, bad, against = ISSUE[key]
    assert Figure(key, seconds(good), seconds(against)).reached
    assert not Figure(key, seconds(bad), seconds(against)).reached


def test_every_figure_of_the_issue_is_a_goal() -> None:
    assert list(GOALS) == list(ISSUE)


def test_every_goal_has_a_line_measured_or_not() -> None:
    lines = goals_table([Figure("help", Samples((50.0,), "ms"), Samples((20.0,), "ms"))])[2:]
    assert len(lines) == len(GOALS)
    reached = {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[-1] for line in lines}
    assert reached.pop(GOALS["help"].what) == "yes |"
    assert set(reached.values()) == {"not measured |"}


def test_a_missed_goal_is_said_loudly() -> None:
    missed = Figure("first-deploy", seconds(26.0), seconds(8.0))
    assert goals_table([missed])[2] == (
        "| first deploy of iris, nothing compiled | 26.00 s (26.00–26.00) "
        "| the first import of the notebook's libraries, nothing compiled: 8.00 s (8.00–8.00) "
        "| 3.25x (3.25–3.25) | under 25 s | **no** |"
    )


def test_a_block_is_a_table_with_its_number_of_turns() -> None:
    assert rows_table(block()) == [
        "|  | measured | ratio | N |",
        "| :-- | --: | --: | --: |",
        "| base | 1.50 s (1.00–2.00) |  | 2 |",
        "| ours | 2.50 s (2.00–3.00) | 1.75x (1.50–2.00) | 2 |",
    ]


def test_a_row_has_a_cell_under_each_heading() -> None:
    with pytest.raises(ValueError, match="2 cells under 1 headings"):
        table(("one",), [("a", "b")])


def test_the_page_says_where_and_how_quiet() -> None:
    text = page([block()], {"cores": "2"})
    assert "| cores | 2 |" in text
    assert "Before it: load average 0.10, 0.05 cores busy. After it: load" in text
    assert "Not quiet" not in text


def test_the_page_says_when_it_was_not_quiet() -> None:
    busy = Quiet(load=4.0, cores=1.9, waited=120.0, reached=False)
    text = page([replace(block(), quiet=busy)], {})
    assert "**Not quiet before “A block”: load average 4.00, 1.90 cores busy" in text
    assert "**A quick run" in page([block()], {}, quick=True)


def test_every_block_is_measured_more_than_once() -> None:
    assert all(rounds >= 3 for _, rounds in BLOCKS.values())


@pytest.mark.parametrize("last_line", LAST_LINES.values())
def test_the_large_notebook_is_as_described(last_line: str) -> None:
    data = large_notebook(40, last_line=last_line)
    cells = json.loads(data)["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert least(data) == len(code) == 31
    assert all(len(source.splitlines()) == 9 for source in code[:-2])


@pytest.mark.parametrize("last_line", LAST_LINES.values())
def test_the_preview_holds_what_the_endpoint_needs_and_no_more(last_line: str) -> None:
    tree = ast.parse(previewed(large_notebook(400, last_line=last_line)))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert functions == ["f101", "answer"]
