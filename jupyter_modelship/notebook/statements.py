"""Cells -> top-level statements, parsed once, each with its own verbatim text."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jupyter_modelship.model import Cell

from .magics import Cleaned, clean, may_hold_magic
from .reports import Reports
from .skim import Skim, skim, suspects
from .tags import is_marker
from .wording import cell_label


@dataclass(slots=True, eq=False)
class Code:
    """A code cell: its Python, and the statements of it, parsed again where they are wanted."""

    cell: Cell
    cleaned: Cleaned
    skim: Skim
    error: str = ""
    """What the parser said, where it could not."""
    error_line: int | None = None
    _statements: list[ast.stmt] | None = None
    _lines: list[str] | None = None

    @property
    def statements(self) -> list[ast.stmt]:
        if self._statements is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._statements = [] if self.error else ast.parse(self.cleaned.text).body
        return self._statements

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            self._lines = self.cleaned.text.split("\n")
        return self._lines


def parse(cells: Iterable[Cell]) -> Iterator[Code]:
    """The code cells in order; one that is no Python has an `error` and no statements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in somebody's string is not ours to report
        code = [cell for cell in cells if cell.kind == "code"]
        suspected = suspects(cell.source for cell in code)
        for cell in code:
            yield _parsed(cell, suspected)


_NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` raises: wrong syntax, NUL, too deep, too deep again."""


def _parsed(cell: Cell, suspected: frozenset[str]) -> Code:
    source = cell.source
    try:
        return Code(cell, Cleaned(source), skim(source, ast.parse(source).body, suspected))
    except _NO_PYTHON as error:
        if not may_hold_magic(source):
            return _broken(cell, Cleaned(source), error)
    cleaned = clean(source)
    try:
        statements = ast.parse(cleaned.text).body
    except _NO_PYTHON as error:
        return _broken(cell, cleaned, error)
    glance = skim(cleaned.text, statements, suspected)
    for magic in cleaned.magics:
        glance.binds.update(magic.binds)
        glance.text += "\n" + " ".join(magic.binds)
        glance.everywhere = glance.everywhere or magic.process
    return Code(cell, cleaned, glance)


def _broken(cell: Cell, cleaned: Cleaned, error: Exception) -> Code:
    if isinstance(error, SyntaxError):
        return Code(cell, cleaned, Skim(), error.msg or "invalid syntax", error.lineno)
    if isinstance(error, (RecursionError, MemoryError)):
        return Code(cell, cleaned, Skim(), "nested too deeply")
    return Code(cell, cleaned, Skim(), str(error))


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, decorators included."""
    decorators = getattr(node, "decorator_list", None)
    return min(node.lineno, decorators[0].lineno) if decorators else node.lineno


def text_of(code: Code, index: int) -> tuple[int, str]:
    """First line and verbatim text of a statement with the comments directly above it."""
    node = code.statements[index]
    start, end = first_line(node), node.end_lineno or node.lineno
    before = code.statements[index - 1] if index else None
    after = code.statements[index + 1] if index + 1 < len(code.statements) else None
    lines = code.lines
    shares_start = before is not None and (before.end_lineno or 0) >= start
    shares_end = after is not None and first_line(after) <= end
    body = lines[start - 1 : end]
    if shares_end or shares_start or body[-1].rstrip().endswith(";"):
        body = _cut(body, node)
    top = start
    while not shares_start and top > 1 and _is_comment(lines[top - 2]):
        top -= 1
    return top, "\n".join([*lines[top - 1 : start - 1], *body]).rstrip()


def _is_comment(line: str) -> bool:
    return line.startswith("#") and not is_marker(line) and not line.startswith("# %%")


def _cut(body: list[str], node: ast.stmt) -> list[str]:
    """The statement alone, of lines that it shares with others. Offsets are UTF-8 bytes."""
    end = node.end_col_offset or 0
    body = [*body[:-1], body[-1].encode()[:end].decode("utf-8", "replace")]
    body[0] = body[0].encode()[_start_column(node) :].decode("utf-8", "replace")
    return body


def _start_column(node: ast.stmt) -> int:
    return 0 if getattr(node, "decorator_list", None) else node.col_offset


def report_broken(code: Code, reports: Reports, *, matters: bool) -> None:
    """A cell that is not Python blocks where it matters, and is worth a word elsewhere."""
    reports.add(
        "syntax-error" if matters else "broken-cell",
        f"{cell_label(code.cell)} is not Python: {code.error}",
        at=code.cell,
        line=code.error_line,
    )
