"""Cells that call endpoints: what they are, what they need beyond the rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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


def find_examples(
    flow: Flow,
    by_cell: dict[str, list[Unit]],
    marks: dict[str, Marks],
    functions: Sequence[str],
    shipping: Shipping,
    rehearsal: Closure,
    lacking: Missing,
    reports: Reports,
) -> Examples:
    """Cells tagged `example`; where none is, every cell that calls an endpoint."""
    tagged = [cell for cell in by_cell if cell in marks and marks[cell].part == "example"]
    found = Examples()
    for cell in tagged or by_cell:
        names = called(by_cell[cell], functions)
        if tagged and not names:
            reports.add(
                "example-without-call",
                f"{cell_label(by_cell[cell][0].cell)} is tagged `example` and calls no endpoint",
                at=by_cell[cell][0].cell,
            )
        elif names and (tagged or _can_run(flow, by_cell, cell, reports)):
            found.cells[cell] = (names[0], "example")
    if not found.cells:
        return found
    closure = Closure(flow, by_cell, lacking)
    closure.add(found.cells.items())
    closure.add(
        (unit.cell.id, ("setup",))
        for unit, _ in shipping.shipped.values()
        if unit.cell.id in marks and marks[unit.cell.id].part == "setup"
    )
    found.needs = {
        cell: chain
        for cell, chain in closure.cells.items()
        if cell not in rehearsal.cells and cell not in found.cells
    }
    found.names = _names(by_cell, found, shipping)
    return found


def _can_run(flow: Flow, by_cell: dict[str, list[Unit]], cell: str, reports: Reports) -> bool:
    """An untagged call that needs what is not there is left out, with a word."""
    problems: list[str] = []
    trial = Closure(flow, by_cell, lambda name, unit, line, chain: problems.append(name))
    trial.add([(cell, ())])
    if problems:
        reports.add(
            "example-left-out",
            f"{cell_label(by_cell[cell][0].cell)} calls an endpoint, but cannot run from top to "
            f"bottom: `{problems[0]}` is not defined there",
            at=by_cell[cell][0].cell,
        )
    return not problems


def _names(by_cell: dict[str, list[Unit]], found: Examples, shipping: Shipping) -> tuple[str, ...]:
    bound: set[str] = set(shipping.computed)
    for unit, _ in shipping.shipped.values():
        bound.update(unit.effects.binds)
    used: set[str] = set()
    for cell, units in by_cell.items():  # in notebook order
        if cell in found.cells:
            for unit in units:
                used.update({*unit.effects.reads, *unit.effects.soft} - bound)
                bound.update(unit.effects.binds)
    return tuple(sorted(used - knowledge.BUILTINS))
