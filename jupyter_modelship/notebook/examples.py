"""Cells that call endpoints: what they are, what they need beyond the rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from jupyter_modelship.model import Cell

from . import knowledge
from .flow import Flow
from .rehearsal_cells import Chain, Closure, Missing
from .reports import Reports
from .shipping import Shipping
from .tags import Marks
from .units import Unit
from .wording import cell_label


@dataclass(slots=True)
class Examples:
    cells: dict[str, Chain] = field(default_factory=dict)
    needs: dict[str, Chain] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @property
    def chains(self) -> dict[str, Chain]:
        return {**self.needs, **self.cells}


def called(units: Sequence[Unit], functions: Sequence[str]) -> list[str]:
    """Which of the functions are called where these statements run, in the order of `functions`."""
    roots = {
        op.call.root
        for unit in units
        for op in unit.effects.ops
        if op.call is not None and not op.call.path
    }
    return [name for name in functions if name in roots]


@dataclass(slots=True)
class ExampleFinder:
    """Cells tagged `example`; where none is, every cell that calls an endpoint."""

    flow: Flow
    by_cell: dict[str, list[Unit]]
    marks: dict[str, Marks]
    functions: Sequence[str]
    shipping: Shipping
    rehearsal: Closure
    lacking: Missing
    reports: Reports

    def find(self) -> Examples:
        found = Examples()
        tagged = [cell for cell, mark in self.marks.items() if mark.part == "example"]
        for cell in tagged or self.by_cell:
            units = self.by_cell.get(cell, [])
            names = called(units, self.functions)
            if names and (tagged or self._can_run(units[0].cell)):
                found.cells[cell] = (names[0], "example")
            elif tagged and units:
                self._without_call(units[0].cell)
        if found.cells:
            self._complete(found)
        return found

    def _complete(self, found: Examples) -> None:
        closure = Closure(self.flow, self.by_cell, self.lacking)
        closure.add(found.cells.items())
        closure.add(
            (unit.cell.id, ("setup",))
            for unit, _ in self.shipping.shipped.values()
            if unit.cell.id in self.marks and self.marks[unit.cell.id].part == "setup"
        )
        found.needs = {
            cell: chain
            for cell, chain in closure.cells.items()
            if cell not in self.rehearsal.cells and cell not in found.cells
        }
        found.names = self._names(found)

    def _without_call(self, cell: Cell) -> None:
        self.reports.add(
            "example-without-call",
            f"{cell_label(cell)} is tagged `example` and calls no endpoint",
            at=cell,
        )

    def _can_run(self, cell: Cell) -> bool:
        """An untagged call that needs what is not there is left out, with a word."""
        problems: list[str] = []
        trial = Closure(
            self.flow, self.by_cell, lambda name, unit, line, chain: problems.append(name)
        )
        trial.add([(cell.id, ())])
        if problems:
            self.reports.add(
                "example-left-out",
                f"{cell_label(cell)} calls an endpoint, but cannot run from top to bottom: "
                f"`{problems[0]}` is not defined there",
                at=cell,
            )
        return not problems

    def _names(self, found: Examples) -> tuple[str, ...]:
        """Names that the cells use, and that neither ship nor are bound by themselves."""
        bound: set[str] = set(self.shipping.computed)
        for unit, _ in self.shipping.shipped.values():
            bound.update(unit.effects.binds)
        used: set[str] = set()
        for cell, units in self.by_cell.items():  # in notebook order
            for unit in units if cell in found.cells else ():
                used.update({*unit.effects.reads, *unit.effects.soft} - bound)
                bound.update(unit.effects.binds)
        return tuple(sorted(used - knowledge.BUILTINS))
