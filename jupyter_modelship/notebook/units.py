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


def build(codes: Iterable[Code], *, skipped: frozenset[str]) -> list[Unit]:
    """The statements of all cells that may run, in order, with what they do."""
    units: list[Unit] = []
    future = False
    for code in codes:
        if code.cell.id in skipped:
            continue
        pending = [m for m in code.cleaned.magics if m.binds or m.process]
        for index, node in enumerate(code.statements):
            while pending and pending[0].line < node.lineno:
                units.append(_magic_unit(len(units), code, pending.pop(0)))
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                future = future or any(alias.name == "annotations" for alias in node.names)
            units.append(Unit(len(units), code, index, node, effects_of(node, future=future)))
        for magic in pending:
            units.append(_magic_unit(len(units), code, magic))
    return units


def _magic_unit(order: int, code: Code, magic: Magic) -> Unit:
    effects = Effects(binds=dict.fromkeys(magic.binds, True))
    effects.ops = [Op("bind", name) for name in magic.binds]
    if magic.process:
        effects.ops.append(Op("process", "<process>"))
    return Unit(order, code, -1, None, effects, magic)
