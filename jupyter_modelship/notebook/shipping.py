"""Backward over names from the endpoints: what ships as source, what is computed."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass, field

from . import knowledge
from .effects import Definition
from .flow import END, Event, Flow
from .missing import Missing
from .purity import Purity, is_main_guard
from .rehearsal_cells import Chain
from .reports import Reports
from .units import Unit
from .walk import body_of, hints_of, later_of
from .wording import cell_label


@dataclass(slots=True)
class Computation:
    """A computed name: the events that make its value, and why it is needed."""

    name: str
    events: list[Event]
    chain: Chain
    users: list[Unit] = field(default_factory=list)
    """Shipped statements that use it when they run."""

    @property
    def last(self) -> int:
        return self.events[-1].order


class Shipping:
    """Follows needs until there are none left. `shipped` and `computed` are the answer."""

    def __init__(self, flow: Flow, purity: Purity, missing: Missing, reports: Reports) -> None:
        self._flow = flow
        self._purity = purity
        self._missing = missing
        self._reports = reports
        self._queue: deque[tuple[str, int, Chain, Unit, int]] = deque()
        self._carried: set[int] = set()
        self.shipped: dict[int, tuple[Unit, Chain]] = {}
        self.computed: dict[str, Computation] = {}
        self.edges: dict[tuple[str, str], str] = {}
        """(cell that defines, cell that needs) -> the first name that ties them."""

    @property
    def unknown(self) -> bool:
        """Whether a needed name has no value where it is needed."""
        return bool(self._missing.names)

    def start(self, unit: Unit, chain: Chain) -> None:
        """Ship one statement and everything that it needs."""
        self._ship(unit, chain)
        while self._queue:
            name, before, upto, user, line = self._queue.popleft()
            self._need(name, before, upto, user, line)

    def _ship(self, unit: Unit, chain: Chain) -> None:
        if unit.order in self.shipped:
            return
        self.shipped[unit.order] = (unit, chain)
        effects = unit.effects
        for name, line in effects.reads.items():
            self._queue.append((name, unit.order, (*chain, name), unit, line))
            self._called_now(name, unit, (*chain, name), set())
        for name, line in effects.soft.items():
            if self._flow.generation(name, unit.order):
                self._queue.append((name, unit.order, (*chain, name), unit, line))
        for name, line in later_of(effects).items():
            if name not in effects.soft or self._flow.generation(name, END):
                self._queue.append((name, END, (*chain, name), unit, line))
        for name, line in hints_of(effects).items():
            if self._flow.generation(name, END):
                self._queue.append((name, END, (*chain, name), unit, line))

    def _called_now(self, name: str, unit: Unit, chain: Chain, seen: set[int]) -> None:
        """A decorator of the notebook runs where it stands: it needs its names there already."""
        called = any(op.call and op.call.root == name for op in unit.effects.ops)
        meaning = self._flow.meaning(name, unit.order)
        if not called or not isinstance(meaning, Definition) or id(meaning) in seen:
            return
        seen.add(id(meaning))
        for inner, line in body_of(meaning).reads.items():
            self._queue.append((inner, unit.order, (*chain, inner), unit, line))
            self._called_now(inner, unit, (*chain, inner), seen)

    def _need(self, name: str, before: int, chain: Chain, user: Unit, line: int) -> None:
        events = self._flow.generation(name, before, user)
        if not events:
            if name not in knowledge.BUILTINS or name in self._flow.events:
                self._missing.report(name, user, line, chain, before=before)
            return
        for event in events:
            self.edges.setdefault((event.unit.cell.id, user.cell.id), name)
        whole = self._whole(name, events)
        source = self._purity.generation(name, whole)
        if before != END and (not source or self._flow.changed_inside(user)):
            self._check_unchanged(name, before, whole, user, line)
        if source:
            self._ship_all(name, whole, chain)
            return
        self._compute(name, self._flow.generation(name, END) or whole, chain)
        if before != END:
            self.computed[name].users.append(user)

    def _ship_all(self, name: str, whole: list[Event], chain: Chain) -> None:
        for event in whole:
            if event.kind != "mutate" or self._purity.is_patch(name, event, whole):
                self._ship(event.unit, chain)

    def _whole(self, name: str, events: list[Event]) -> list[Event]:
        """The generation to its end, also where somebody reads it in the middle."""
        whole = list(events)
        for event in self._flow.events[name]:
            if event.order <= events[-1].order:
                continue
            if event.kind in {"bind", "delete"}:
                break
            whole.append(event)
        return whole

    def _check_unchanged(
        self, name: str, before: int, whole: list[Event], user: Unit, line: int
    ) -> None:
        """A computed value ships as it is at the end; what a statement used earlier must be it."""
        final = self._flow.generation(name, END)
        rebound = not final or final[0].order != whole[0].order
        changed = whole[-1].order > before and name not in user.effects.references
        if not rebound and (not changed or self._purity.generation(name, whole)):
            return
        by = next((e for e in self._flow.events[name] if e.order > before), whole[-1])
        verb = "bound to another value" if rebound else "changed"
        self._reports.add(
            "changes-later",
            f"{cell_label(user.cell)} uses `{name}` when it is defined, and `{name}` is {verb} "
            f"by {cell_label(by.unit.cell)}",
            remedy=f"give the later value another name than `{name}`"
            if rebound
            else f"move the change above {cell_label(user.cell)}, or work on a copy",
            at=user.cell,
            line=line,
        )

    def _compute(self, name: str, events: list[Event], chain: Chain) -> None:
        if name in self.computed:
            return
        self.computed[name] = Computation(name, events, chain)
        self._check_binder(name, events)
        for definition, unit in self._carries(events):
            if id(definition) not in self._carried:
                self._carried.add(id(definition))
                self._ship(unit, (*chain, definition.name))

    def _check_binder(self, name: str, events: list[Event]) -> None:
        for event in events:
            unit = event.unit
            if event.kind == "mutate" and self._purity.part(events[0].unit) == "setup":
                self._reports.add(
                    "setup-changed-elsewhere",
                    f"`{name}` is made by the setup of {cell_label(events[0].unit.cell)} and "
                    f"changed by {cell_label(unit.cell)}",
                    at=unit.cell,
                )
            if name in unit.effects.functions or name in unit.effects.imports:
                self._report_bound_in_block(name, unit, events)
                return

    def _report_bound_in_block(self, name: str, unit: Unit, events: list[Event]) -> None:
        kind = "an import" if name in unit.effects.imports else "a definition"
        if is_main_guard(unit.node):
            self._reports.add(
                "main-guard",
                f'`{name}` is defined only under `if __name__ == "__main__"` in '
                f"{cell_label(unit.cell)}",
                at=unit.cell,
            )
            return
        changed = next((e.unit for e in events if e.unit is not unit), None)
        how = (
            f"changed by {cell_label(changed.cell)}"
            if changed
            else "inside a block that does not ship"
        )
        self._reports.add(
            "not-an-artifact",
            f"`{name}` is {kind} in {cell_label(unit.cell)}, {how}",
            at=unit.cell,
            line=unit.node.lineno if unit.node else None,
        )

    # What an artifact may hold inside

    def _carries(self, events: list[Event]) -> list[tuple[Definition, Unit]]:
        """Classes made, and functions handed on, in the statements behind a computed value."""
        found: dict[int, tuple[Definition, Unit]] = {}
        queue = deque(event.unit for event in reversed(events))
        seen: set[int] = set()
        covered: set[tuple[str, int]] = set()
        while queue:
            unit = queue.popleft()
            if unit.order in seen:
                continue
            seen.add(unit.order)
            if isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for name in (*unit.effects.reads, *unit.effects.soft):
                self._carried_by(name, unit, found, set())
                if (name, self._flow.last(name, unit.order)) in covered:
                    continue  # a later statement of the same generation has told
                for event in self._flow.generation(name, unit.order):
                    covered.add((name, event.order))
                    queue.append(event.unit)
        return [found[key] for key in sorted(found, key=lambda key: found[key][1].order)]

    def _carried_by(
        self,
        name: str,
        unit: Unit,
        found: dict[int, tuple[Definition, Unit]],
        seen: set[int],
        place: ast.AST | None = None,
    ) -> None:
        """`place`: the function in which the name stands, where it is not the statement itself."""
        meaning = self._flow.meaning(name, unit.order)
        if not isinstance(meaning, Definition):
            return
        binder = self._flow.generation(name, unit.order)
        if binder and (meaning.is_class or _is_handed_on(name, place or unit.node)):
            found.setdefault(id(meaning), (meaning, binder[0].unit))
        if id(meaning) in seen:
            return
        seen.add(id(meaning))
        body = body_of(meaning)
        for inner in (*body.reads, *body.soft, *later_of(body)):
            self._carried_by(inner, unit, found, seen, meaning.node)


def _is_handed_on(name: str, place: ast.AST | None) -> bool:
    """Whether a function is used there as a value rather than only called."""
    if place is None:
        return False
    parts = list(ast.walk(place))
    called = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    return any(
        isinstance(part, ast.Name) and part.id == name and id(part) not in called for part in parts
    )
