"""From the file to cells, and from lines of the service back to lines of cells."""

from __future__ import annotations

import hashlib
import json

from jupyter_modelship.model import Cell, Notebook
from jupyter_modelship.notebook import cell_label, read
from jupyter_modelship.notebook.source_map import SourceMap

from .conftest import document, notebook


def test_a_notebook_is_read_whole() -> None:
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "py-3", "display_name": "Python", "language": "python"},
            "modelship": {"target": "local"},
        },
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# A\n", "b"]},
            {
                "cell_type": "code",
                "id": "one",
                "metadata": {"tags": ["train", "train", "x"]},
                "source": "a = 1\r\nb = 2\r",
                "execution_count": 3,
                "outputs": [],
            },
        ],
    }
    data = json.dumps(content).encode()
    assert read(data).notebook == Notebook(
        cells=(
            Cell("title", 1, "markdown", "# A\nb"),
            Cell("one", 2, "code", "a = 1\nb = 2\n", ("train", "x"), 3),
        ),
        digest=hashlib.sha256(data).hexdigest(),
        kernel="py-3",
        language="python",
        options={"target": "local"},
    )


def test_cells_without_ids_get_one_from_their_content() -> None:
    content = document("a = 1", "a = 1", "b = 2")
    made = content["cells"]
    assert isinstance(made, list)
    for cell in made:
        del cell["id"]
    book = read(json.dumps(content).encode()).notebook
    assert book is not None
    first, second, third = [cell.id for cell in book.cells]
    assert second == f"{first}-2"
    assert len({first, second, third}) == 3
    made.reverse()
    turned = read(json.dumps(content).encode()).notebook
    assert turned is not None
    assert [cell.id for cell in turned.cells] == [third, first, second]


def test_a_byte_order_mark_is_no_matter() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(document("a = 1")).encode()
    result = read(data)
    assert result.findings == ()
    assert result.notebook is not None


def test_cells_are_said_by_number_and_first_line() -> None:
    book = notebook("\n\nmodel.fit(X, y)", "", "a_rather_long_name = another_rather_long_name + 1")
    assert [cell_label(cell) for cell in book.cells] == [
        "cell 1 (`model.fit(X, y)`)",
        "cell 2",
        "cell 3 (`a_rather_long_name = another_rather_lon…`)",
    ]


def test_frames_of_the_service_are_shown_as_cells() -> None:
    book = notebook("import math", "def f(x):\n    return 1 / x")
    source_map = SourceMap({7: ("c2", 2), 9: ("gone", 1)})
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "/srv/x/service.py", line 7, in f\n    return 1 / x\n'
        '  File "/srv/x/service.py", line 9, in g\n'
        '  File "/srv/x/service.py", line 1, in <module>\n'
        '  File "/usr/lib/other.py", line 7, in h\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert source_map.mapped(traceback, book) == (
        "Traceback (most recent call last):\n"
        "  Cell 2 (`def f(x):`), line 2, in f\n    return 1 / x\n"
        "  A cell that is gone (gone), line 1, in g\n"
        '  File "/srv/x/service.py", line 1, in <module>\n'
        '  File "/usr/lib/other.py", line 7, in h\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert source_map.place(7) == ("c2", 2)
    assert source_map.to_json() == {"7": ["c2", 2], "9": ["gone", 1]}
