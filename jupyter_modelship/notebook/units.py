"""The statements of the cells that may run, in notebook order."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_modelship.model import Cell

from .effects import Effects, Op
from .magics import Magic
from .statements import Code
from .walk import effects_of


@dataclass(slots=True, eq=False)
class Unit:
    """One top-level statement at its place in the notebook."""

    order: int
    """Grows from statement to statement; the same whichever cells are looked into."""
    code: Code
    index: int
    """Position among the statements of its cell."""
    node: ast.stmt | None
    """None for a magic that binds a name."""
    effects: Effects
    magic: Magic | None = None

    @property
    def cell(self) -> Cell:
        return self.code.cell


def build(codes: Iterable[Code]) -> list[Unit]:
    """The statements of these cells in order, with what they do."""
    units: list[Unit] = []
    future = False
    for code in codes:
        place = code.cell.number << 20
        pending = [m for m in code.cleaned.magics if m.binds or m.process]
        for index, node in enumerate(code.statements):
            while pending and pending[0].line < node.lineno:
                units.append(_magic_unit(place, code, pending.pop(0)))
                place += 1
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                future = future or any(alias.name == "annotations" for alias in node.names)
            units.append(Unit(place, code, index, node, effects_of(node, future=future)))
            place += 1
        for magic in pending:
            units.append(_magic_unit(place, code, magic))
            place += 1
    return units


def _magic_unit(order: int, code: Code, magic: Magic) -> Unit:
    effects = Effects(binds=dict.fromkeys(magic.binds, True))
    effects.ops = [Op("bind", name) for name in magic.binds]
    if magic.process:
        effects.ops.append(Op("process", "<process>"))
    return Unit(order, code, -1, None, effects, magic)
