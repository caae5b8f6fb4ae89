"""Whole cells that must run, in order, so that names have the values they have in the notebook."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from . import knowledge
from .effects import Definition
from .flow import END, Event, Flow
from .units import Unit
from .walk import body_of, later_of

Chain = tuple[str, ...]
Missing = Callable[[str, Unit, int, Chain], None]
"""Called for a name that has no value where it is read: name, reader, line, chain."""


class Closure:
    """A set of cells that grows until it has all that its own cells need."""

    def __init__(self, flow: Flow, by_cell: dict[str, list[Unit]], missing: Missing) -> None:
        self._flow = flow
        self._by_cell = by_cell
        self._missing = missing
        self._pseudo = sorted(name for name in flow.events if name.startswith("<"))
        self.cells: dict[str, Chain] = {}
        """Cell id -> the chain of names that brought it in first."""
        self.edges: dict[tuple[str, str], str] = {}
        """(cell that defines, cell that needs) -> the first name that ties them."""

    def add(self, cells: Iterable[tuple[str, Chain]]) -> None:
        """Take in cells, and all that they need."""
        queue = deque(cells)
        while queue:
            cell, chain = queue.popleft()
            if cell in self.cells:
                continue
            self.cells[cell] = chain
            for name, events in self._needs_of(cell, chain):
                for event in events:
                    other = event.unit.cell.id
                    self.edges.setdefault((other, cell), name)
                    if other not in self.cells:
                        queue.append((other, (*chain, _spoken(name))))

    def _needs_of(self, cell: str, chain: Chain) -> list[tuple[str, list[Event]]]:
        """What must have happened before a cell can run: (name, its events).

        Of several reads of a name in a cell the first tells all: what comes between is the cell's.
        """
        found: list[tuple[str, list[Event]]] = []
        done: set[str] = set()
        seen: set[int] = set()
        for unit in self._by_cell.get(cell, ()):
            found += self._needs(unit, chain, done, seen)
        return found

    def _needs(
        self, unit: Unit, chain: Chain, done: set[str], seen: set[int]
    ) -> list[tuple[str, list[Event]]]:
        found: list[tuple[str, list[Event]]] = []
        effects, flow = unit.effects, self._flow
        for name, line in effects.reads.items():
            if name not in done:
                done.add(name)
                events = flow.generation(name, unit.order, unit)
                if not events and self._is_missing(name, unit.order):
                    self._missing(name, unit, line, chain)
                found.append((name, events))
            found += self._behind(name, unit, seen, chain)
        for name in effects.soft:
            if name not in done:
                found.append((name, flow.generation(name, unit.order, unit)))
            found += self._behind(name, unit, seen, chain)
        if effects.calls:
            found += self._process(unit)
        return found

    def _is_missing(self, name: str, before: int) -> bool:
        deleted = any(
            e.kind == "delete" and e.order < before for e in self._flow.events.get(name, ())
        )
        return name not in knowledge.BUILTINS or deleted

    def _behind(
        self, name: str, unit: Unit, seen: set[int], chain: Chain
    ) -> list[tuple[str, list[Event]]]:
        """What a function needs when it is called from `unit`, and the functions that it calls."""
        meaning = self._flow.meaning(name, unit.order)
        if not isinstance(meaning, Definition) or id(meaning) in seen:
            return []
        seen.add(id(meaning))
        found: list[tuple[str, list[Event]]] = []
        body = body_of(meaning)
        binder = next((e.unit for e in self._flow.generation(name, unit.order)), unit)
        called = any(
            op.call and op.call.root == name and not op.call.path for op in unit.effects.ops
        )
        for inner, line in {**body.reads, **body.soft, **later_of(body)}.items():
            events = self._flow.generation(inner, unit.order, binder)
            if not events:
                if called and inner in body.reads and self._is_missing(inner, unit.order):
                    self._missing(*self._where(inner, line, binder, unit), (*chain, name))
                events = self._first(inner)
            found.append((inner, events))
            found += self._behind(inner, unit, seen, chain)
        return found

    def _where(self, name: str, line: int, body: Unit, caller: Unit) -> tuple[str, Unit, int]:
        """A name that no cell binds is missing where it stands, others where they are called."""
        if name in self._flow.events and caller.node:
            return name, caller, caller.node.lineno
        return name, body, line

    def _first(self, name: str) -> list[Event]:
        """A name bound only later: what a method needs is often defined below its class."""
        return self._flow.generation(name, END)

    def _process(self, unit: Unit) -> list[tuple[str, list[Event]]]:
        """Seeds and settings of the process reach every statement that calls something; draws
        from a seeded source reach every later draw."""
        found = []
        for name in self._pseudo:
            events = self._flow.generation(name, unit.order)
            if (
                name == "<process>"
                or name.endswith(" seed>")
                or (events and self._draws(name, unit) and events[0].kind == "bind")
            ):
                found.append((name, events))
        return found

    def _draws(self, name: str, unit: Unit) -> bool:
        return any(event.unit is unit for event in self._flow.events[name])


def _spoken(name: str) -> str:
    return name.strip("<>")


def ordered(cells: Iterable[str], numbers: dict[str, int]) -> tuple[str, ...]:
    """Cell ids in notebook order."""
    return tuple(sorted(cells, key=numbers.__getitem__))


def units_by_cell(units: Sequence[Unit]) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for unit in units:
        found.setdefault(unit.cell.id, []).append(unit)
    return found
