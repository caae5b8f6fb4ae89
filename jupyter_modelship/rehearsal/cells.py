"""Which cells run, in which order, and where our own stand between them. Pure.

FULL computes the artifacts: what they and the examples' data need runs in notebook order, then
the artifacts are stored, then what only ships and the examples run; examples cannot change an
artifact. EXAMPLES starts from stored artifacts and runs the shipped statements alone, as the
service will, then the examples.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_modelship.model import Cell, Notebook, Slice, Statement

PARAMETERS = "parameters"
_MARK = re.compile(rf"#\s*modelship\s*:.*\b{PARAMETERS}\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One cell for the kernel: the user's (`cell` is set) or the call of one of our stages."""

    source: str = ""
    cell: Cell | None = None
    stage: Literal["", "harvest", "restore", "example", "finish"] = ""
    names: tuple[str, ...] = ()
    """`restore`: what to bind. `example`: the id of the cell that follows."""
    parameters: bool = False
    """Papermill puts the given parameter values behind this cell."""


def full(notebook: Notebook, piece: Slice) -> tuple[Step, ...]:
    """The steps that compute and store everything."""
    first = computing(notebook, piece)
    shipped = {statement.cell for statement in piece.statements} if piece.examples else set()
    rest = (shipped | {*piece.example_needs, *piece.examples}) - first
    steps = [*_cells(notebook, piece, first), Step(stage="harvest")]
    steps += _cells(notebook, piece, rest)
    return tuple(_ended(steps))


def examples_only(notebook: Notebook, piece: Slice) -> tuple[Step, ...]:
    """The steps that record the examples again from stored artifacts and example names."""
    steps: list[Step] = []
    loads: dict[int, list[str]] = {}
    for computed in piece.computed:
        loads.setdefault(computed.after, []).append(computed.name)
    chunk: list[Statement] = []
    for index, statement in enumerate(piece.statements):
        if chunk and (index in loads or chunk[-1].cell != statement.cell):
            steps.append(_chunk(notebook, chunk))
            chunk = []
        if index in loads:
            steps.append(Step(stage="restore", names=tuple(loads.pop(index))))
        chunk.append(statement)
    if chunk:
        steps.append(_chunk(notebook, chunk))
    late = [name for names in loads.values() for name in names]
    steps.append(Step(stage="restore", names=(*late, *piece.example_names)))
    steps += _cells(notebook, piece, set(piece.examples))
    return tuple(_ended(_parameters_once(steps)))


def computing(notebook: Notebook, piece: Slice) -> frozenset[str]:
    """Cells that run before the artifacts are stored."""
    needs = data_needs(notebook, piece)
    shipped = _needed([notebook.cell(cell).source for cell in needs], piece.statements)
    return frozenset((*piece.rehearsal, *needs, *(statement.cell for statement in shipped)))


def keyed(notebook: Notebook, piece: Slice) -> tuple[tuple[str, str], ...]:
    """(cell id or "", source) of everything that the stored values are made from, in order."""
    needs = data_needs(notebook, piece)
    whole = {*piece.rehearsal, *needs}
    shipped = _needed([notebook.cell(cell).source for cell in needs], piece.statements)
    cells = [(cell.id, cell.source) for cell in notebook.cells if cell.id in whole]
    return (*cells, *(("", statement.text) for statement in shipped if statement.cell not in whole))


def data_needs(notebook: Notebook, piece: Slice) -> tuple[str, ...]:
    """Cells of `example_needs` that make the examples' data.

    The others hold code that ships: it runs again whenever the examples do, so it must not decide
    whether the data, and the artifacts with it, are computed again.
    """
    wanted = set(piece.example_names)
    found: set[str] = set()
    for identity in reversed(piece.example_needs):  # a cell needs cells above it
        source = notebook.cell(identity).source
        rest = _unshipped(source, [s for s in piece.statements if s.cell == identity])
        if wanted & _names(rest):
            found.add(identity)
            wanted |= _names(rest)
    return tuple(cell for cell in piece.example_needs if cell in found)


def _unshipped(source: str, shipped: Sequence[Statement]) -> str:
    """The lines of a cell that no shipped statement covers."""
    covered: set[int] = set()
    for statement in shipped:
        count = len(statement.text.rstrip("\n").split("\n"))
        covered.update(range(statement.line, statement.line + count))
    lines = source.split("\n")
    return "\n".join(line for at, line in enumerate(lines, start=1) if at not in covered)


def _needed(sources: Iterable[str], statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Shipped statements that bind a name which `sources` use, directly or through others."""
    used = {name for source in sources for name in _names(source)}
    found: set[int] = set()
    grown = True
    while grown:
        grown = False
        for index, statement in enumerate(statements):
            if index not in found and used.intersection(statement.names):
                found.add(index)
                used |= _names(statement.text)
                grown = True
    return tuple(statement for index, statement in enumerate(statements) if index in found)


def _names(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # magics: take every word, which at worst runs a cell too many
        return {word for word in _words(source) if word.isidentifier()}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _words(source: str) -> Iterator[str]:
    return iter("".join(c if c.isalnum() or c == "_" else " " for c in source).split())


def _cells(notebook: Notebook, piece: Slice, wanted: Iterable[str]) -> Iterator[Step]:
    chosen = set(wanted)
    for cell in notebook.cells:
        if cell.id not in chosen:
            continue
        if cell.id in piece.examples:
            yield Step(stage="example", names=(cell.id,))
        yield Step(source=cell.source, cell=cell, parameters=is_parameters(cell))
        if cell.id in piece.examples:
            yield Step(stage="finish")


def _chunk(notebook: Notebook, statements: Sequence[Statement]) -> Step:
    """Statements of one cell, each on the line that it has in the cell."""
    lines: list[str] = []
    for statement in statements:
        lines += [""] * (statement.line - 1 - len(lines))
        lines += statement.text.rstrip("\n").split("\n")
    cell = notebook.cell(statements[0].cell)
    return Step(source="\n".join(lines), cell=cell, parameters=is_parameters(cell))


def is_parameters(cell: Cell) -> bool:
    """Whether the cell is the `parameters` cell, by tag or by its first line's mark."""
    return PARAMETERS in cell.tags or _MARK.match(cell.first_line) is not None


def _parameters_once(steps: Sequence[Step]) -> list[Step]:
    """Only the last piece of the parameters cell is marked: values go behind all of it."""
    last = max((i for i, step in enumerate(steps) if step.parameters), default=None)
    return [
        Step(step.source, step.cell, step.stage, step.names, index == last)
        for index, step in enumerate(steps)
    ]


def _ended(steps: Sequence[Step]) -> Iterator[Step]:
    """`finish` only where no example follows at once."""
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if step.stage == "finish" and following is not None and following.stage == "example":
            continue
        yield step
