"""Puts the slice together: statements, computed names, cells to run, examples, verdicts."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_modelship.model import Computed, Endpoint, Slice, Statement, Verdict

from .endpoints import Function
from .examples import ExampleFinder, Examples
from .flow import Flow
from .missing import Missing
from .purity import Purity, is_future
from .rehearsal_cells import Chain, Closure, ordered, units_by_cell
from .reports import Reports
from .shipping import Computation, Shipping
from .statements import Code, text_of
from .tags import Marks
from .units import Unit


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the endpoints need, before it is put in order."""

    flow: Flow
    purity: Purity
    shipping: Shipping
    rehearsal: Closure
    examples: Examples


@dataclass(frozen=True, slots=True)
class Sliced:
    """The slice, with what later checks look into."""

    slice: Slice
    flow: Flow
    shipping: Shipping
    rehearsal: Closure
    examples: Examples

    def imported(self, name: str) -> bool:
        """Whether a name stands for an import at the end of the notebook."""
        return bool(self.flow.path(name))


def gathered(
    flow: Flow,
    marks: dict[str, Marks],
    served: Sequence[tuple[Unit, Function]],
    missing: Missing,
    reports: Reports,
) -> Gathered:
    """Follow the needs of the endpoints, of setup cells and of examples to their ends."""
    purity = Purity(flow, marks)
    shipping = Shipping(flow, purity, missing, reports)
    for unit, node in served:
        shipping.start(unit, (node.name,))
    for unit in flow.units:
        if purity.part(unit) == "setup":
            shipping.start(unit, ("setup",))
    for unit in flow.units:
        after = any(unit.order < order for order in shipping.shipped)
        if is_future(unit) and after:  # it changed how what follows was understood
            shipping.start(unit, ("__future__",))
    by_cell = units_by_cell(flow.units)

    def lacking(name: str, unit: Unit, line: int, chain: Chain) -> None:
        missing.report(name, unit, line, chain, before=unit.order)

    rehearsal = Closure(flow, by_cell, lacking)
    for computation in shipping.computed.values():
        rehearsal.add((e.unit.cell.id, computation.chain) for e in computation.events)
    rehearsal.add((cell, ("train",)) for cell, mark in marks.items() if mark.part == "train")
    functions = [node.name for _, node in served]
    finder = ExampleFinder(flow, by_cell, marks, functions, shipping, rehearsal, lacking, reports)
    return Gathered(flow, purity, shipping, rehearsal, finder.find())


def sliced(
    found: Gathered,
    codes: Sequence[Code],
    cells: Sequence[tuple[str, int]],
    endpoints: tuple[Endpoint, ...],
) -> Sliced:
    """The slice of what was gathered. `cells`: (id, number) of all cells of the notebook."""
    flow, shipping, examples = found.flow, found.shipping, found.examples
    numbers = dict(cells)
    in_order = [shipping.shipped[order][0] for order in sorted(shipping.shipped)]
    shipped = sorted(in_order, key=lambda unit: not is_future(unit))
    made = Slice(
        endpoints=endpoints,
        statements=tuple(_statement(unit, found.purity) for unit in shipped),
        computed=_computed(shipping, flow, shipped, numbers),
        rehearsal=ordered(found.rehearsal.cells, numbers),
        examples=ordered(examples.cells, numbers),
        example_needs=ordered(examples.needs, numbers),
        example_names=examples.names,
        parameters=_parameters(flow, found.purity),
        modules=_modules(shipped),
        installs=tuple(dict.fromkeys(i for code in codes for i in code.cleaned.installs)),
        verdicts=_verdicts(cells, endpoints, shipping, found.rehearsal, examples),
    )
    return Sliced(made, flow, shipping, found.rehearsal, examples)


def _statement(unit: Unit, purity: Purity) -> Statement:
    line, text = text_of(unit.code, unit.index)
    return Statement(
        cell=unit.cell.id,
        line=line,
        text=text,
        role=purity.role(unit),
        names=tuple(sorted(unit.effects.binds)),
    )


def _computed(
    shipping: Shipping, flow: Flow, shipped: list[Unit], numbers: dict[str, int]
) -> tuple[Computed, ...]:
    found = sorted(shipping.computed.values(), key=lambda c: (c.last, c.name))
    return tuple(_one_computed(c, flow, shipped, numbers) for c in found)


def _one_computed(
    computation: Computation, flow: Flow, shipped: list[Unit], numbers: dict[str, int]
) -> Computed:
    last = computation.last
    first_user = min((user.order for user in computation.users), default=last + 1)
    after = sum(
        1 for unit in shipped if is_future(unit) or (unit.order <= last and unit.order < first_user)
    )
    modules = {
        path.partition(".")[0]
        for event in computation.events
        for name in (*event.unit.effects.reads, *event.unit.effects.soft)
        if (path := flow.path(name, (), event.unit.order)) and not path.startswith("builtins.")
    }
    return Computed(
        name=computation.name,
        cells=ordered({event.unit.cell.id for event in computation.events}, numbers),
        after=after,
        modules=tuple(sorted(module for module in modules if module)),
        because=computation.chain,
    )


def _parameters(flow: Flow, purity: Purity) -> tuple[str, ...]:
    names = {
        name
        for unit in flow.units
        if purity.part(unit) == "parameters"
        for name in unit.effects.binds
    }
    return tuple(sorted(names))


def _modules(shipped: list[Unit]) -> tuple[str, ...]:
    found: set[str] = set()
    for unit in shipped:
        if unit.node is None:
            continue
        for part in ast.walk(unit.node):
            if isinstance(part, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in part.names)
            elif isinstance(part, ast.ImportFrom) and not part.level and part.module:
                found.add(part.module.partition(".")[0])
    return tuple(sorted(found - {"__future__"}))


def _verdicts(
    cells: Sequence[tuple[str, int]],
    endpoints: tuple[Endpoint, ...],
    shipping: Shipping,
    rehearsal: Closure,
    examples: Examples,
) -> tuple[Verdict, ...]:
    serving: dict[str, Chain] = {}
    for endpoint in endpoints:
        serving.setdefault(endpoint.cell, (endpoint.function,))
    source: dict[str, Chain] = {}
    for unit, chain in shipping.shipped.values():  # in the order in which needs were found
        source.setdefault(unit.cell.id, chain)
    found = []
    for cell, number in cells:
        if cell in serving:
            found.append(Verdict(cell, number, "endpoint", serving[cell]))
        elif cell in source:
            found.append(Verdict(cell, number, "source", source[cell]))
        elif cell in rehearsal.cells:
            found.append(Verdict(cell, number, "rehearsal", rehearsal.cells[cell]))
        elif cell in examples.chains:
            found.append(Verdict(cell, number, "rehearsal", examples.chains[cell]))
        else:
            found.append(Verdict(cell, number, "stays"))
    return tuple(found)
