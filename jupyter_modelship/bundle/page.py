"""Lines of service.py with the places they came from, set as a careful person would."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

Origin = tuple[str, int]
"""(cell id, 1-based line in the cell's source)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that belong together, with the statements that they must parse to."""

    lines: tuple[str, ...]
    nodes: tuple[ast.stmt, ...]
    origins: tuple[Origin, ...] = ()
    """One for each line, or none at all."""
    heading: str = ""
    """The comment above the first of the pieces that share it."""
    apart: bool = False
    """Whether the notebook leaves something out between the piece before and this one."""

    @property
    def defines(self) -> bool:
        """Whether two empty lines stand around it (PEP 8)."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return any(isinstance(node, kinds) for node in self.nodes)


@dataclass(slots=True)
class Page:
    """A file that grows downwards. `source_map` has the origin of lines, counted from 1."""

    lines: list[str] = field(default_factory=list)
    source_map: dict[int, Origin] = field(default_factory=dict)
    _before: Piece | None = None

    def add(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self.lines += [""] * self._space(piece)
            if piece.heading and not self._continues(piece):
                self.lines.append(piece.heading)
            for line, origin in enumerate(piece.origins, len(self.lines) + 1):
                self.source_map[line] = origin
            self.lines += piece.lines
            self._before = piece

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def _continues(self, piece: Piece) -> bool:
        return self._before is not None and self._before.heading == piece.heading

    def _space(self, piece: Piece) -> int:
        if self._before is None:
            return 0
        if self._before.defines or piece.defines:
            return 2
        return 1 if piece.apart or not self._continues(piece) else 0


def nodes(pieces: Iterable[Piece]) -> list[ast.stmt]:
    return [node for piece in pieces for node in piece.nodes]
