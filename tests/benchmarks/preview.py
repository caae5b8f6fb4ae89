"""The preview of a large notebook in this process, against the least that reading it takes."""

from __future__ import annotations

import ast
import gc
import json
import time
from collections.abc import Callable, Mapping, Sequence

from jupyter_modelship.bundle.render import RenderInput, preview
from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.contract import declare
from jupyter_modelship.model import Lock
from jupyter_modelship.notebook import extract, read
from jupyter_modelship.plan.options import Options

from .goals import Figure
from .machine import settle
from .page import Block, Row
from .samples import Samples
from .user import notebook

ROUNDS = 15
CELLS = 500
SOURCE = '''import math
def f{i}(a, b=1, *c, **d):
    """doc"""
    x = [math.sqrt(k) for k in range(a)]
    if b > 2:
        return {{'n': sum(x), 'i': {i}}}
    return None
z{i} = f{i}(10, b=3)
'''
LAST_LINES = {"": "print(z{i})", ", every cell binds `last` anew": "last = {i}"}
"""Of each cell. The second is harder: a name that is bound all over ties no cells together."""
ENDPOINT = '''def answer(scale: float) -> float:
    """Uses what three cells far apart have made."""
    total = z1["n"] + z250["n"]
    return scale * total + f101(3, 4)["n"]'''
LOCK = Lock(text="", digest="0" * 64, python="3.11", packages=(), source="kernel")


def large_notebook(cells: int = CELLS, *, last_line: str = "print(z{i})") -> bytes:
    """Three of four cells are code of nine lines; the last but one is the endpoint."""
    source = SOURCE + last_line
    made = [
        ("#", f"## Title {i}\n\nSome *text* about step {i}.")
        if i % 4 == 3
        else ("", source.format(i=i))
        for i in range(cells - 2)
    ]
    return notebook([*made, ("endpoint", ENDPOINT), ("example", "answer(2.0)")]).encode()


def least(data: bytes) -> int:
    """JSON decode and `ast.parse` of every code cell."""
    cells = json.loads(data)["cells"]
    trees = [ast.parse("".join(c["source"])) for c in cells if c["cell_type"] == "code"]
    return len(trees)


def previewed(data: bytes) -> str:
    """service.py as `modelship preview` shows it before anything ran."""
    book = read(data).notebook
    assert book is not None, "the notebook is sound"
    piece = extract(book).slice
    assert piece is not None, "it has an endpoint"
    contract, _ = declare(piece)
    titles = {cell.id: cell.first_line for cell in book.cells}
    given = RenderInput(
        service="large",
        slice=piece,
        contract=contract,
        options=Options(),
        lock=LOCK,
        runtime_files=read_runtime(),
        titles=titles,
    )
    return preview(given).files["service.py"].decode()


def measure(*, rounds: int, wait: float) -> Block:
    """All in turn, garbage collected before each."""
    books = {name: large_notebook(last_line=line) for name, line in LAST_LINES.items()}
    for book in books.values():
        if "f101" not in previewed(book) or least(book) < 3 * CELLS // 4:
            raise RuntimeError("the large notebook is not what it should be")
    ways: Mapping[str, Callable[[bytes], object]] = {
        "`json.loads`, `ast.parse` of each code cell": least,
        "preview": previewed,
    }
    quiet = settle(wait)
    rows: list[Row] = []
    figures: list[Figure] = []
    for name, book in books.items():
        turns = [[_timed(way, book) for way in ways.values()] for _ in range(rounds)]
        rows += _rows([f"{way}{name}" for way in ways], turns)
        if not figures:
            figures = [Figure("preview", rows[1].samples, rows[0].samples)]
    return Block(
        title=f"Preview of a notebook of {CELLS} cells",
        method="In one process: read, slice, contract and rendering of the preview; three of four "
        "cells are code of nine lines, one endpoint needs a handful of them. Against decoding the "
        "same bytes and parsing every code cell, which is what tools do that read it all. The goal "
        "is measured with the first notebook.",
        rows=rows,
        figures=figures,
        quiet=quiet,
        columns=("processor time", "its ratio"),
        notes=[f"The notebook has {len(books['']):,} bytes."],
    )


def _rows(names: Sequence[str], turns: Sequence[Sequence[tuple[float, float]]]) -> list[Row]:
    """Of the least and the preview, which were measured in turn."""
    (base, work), (ours, our_work) = (
        [Samples(tuple(turn[way][kind] for turn in turns), "ms") for kind in (0, 1)]
        for way in (0, 1)
    )
    return [
        Row(names[0], base, None, (str(work), "")),
        Row(names[1], ours, ours.over(base), (str(our_work), str(our_work.over(work)))),
    ]


def _timed(way: Callable[[bytes], object], data: bytes) -> tuple[float, float]:
    """Milliseconds on the clock, and of the processor."""
    gc.collect()
    clock, work = time.perf_counter(), time.process_time()
    way(data)
    return (time.perf_counter() - clock) * 1e3, (time.process_time() - work) * 1e3
