"""Lines of generated code back to lines of cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_modelship.model import Notebook

from .wording import cell_label

_FRAME = re.compile(
    r'^(?P<head>\s*File ")(?P<file>[^"]+)", line (?P<line>\d+)(?P<tail>.*)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class SourceMap:
    """`lines`: 1-based line of the generated file -> (cell id, 1-based line in the cell)."""

    lines: Mapping[int, tuple[str, int]]

    def place(self, line: int) -> tuple[str, int] | None:
        """The cell and line that a generated line came from; None for lines of our own."""
        return self.lines.get(line)

    def mapped(self, traceback: str, notebook: Notebook, *, file: str = "service.py") -> str:
        """A traceback whose frames in `file` say cell and line as people count them.

        Cells that today's notebook has no more are named by their id.
        """

        def frame(match: re.Match[str]) -> str:
            path = match["file"]
            place = self.place(int(match["line"]))
            if place is None or re.split(r"[\\/]", path)[-1] != file:
                return match[0]
            cell, line = place
            indent = match["head"][: -len('File "')]
            return f"{indent}{self._said(cell, notebook)}, line {line}{match['tail']}"

        return _FRAME.sub(frame, traceback)

    @staticmethod
    def _said(cell: str, notebook: Notebook) -> str:
        try:
            label = cell_label(notebook.cell(cell))
        except KeyError:
            return f"A cell that is gone ({cell})"
        return label[:1].upper() + label[1:]

    def to_json(self) -> dict[str, list[str | int]]:
        """`{"12": ["3f2a", 4]}`: what `--source-map FILE` of the runtime reads."""
        return {str(line): [*place] for line, place in sorted(self.lines.items())}
