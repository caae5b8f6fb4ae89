"""Statements in notebook order -> for every name, which of them make its value what it is.

A *generation* of a name is the statement that binds it for certain, with what changes the value
until the next one. A name's value at a place is the work of the generation that reaches it.
"""

from __future__ import annotations

import ast
import bisect
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import knowledge
from .calls import Outcome, everything, given, library_call, library_method, object_call
from .effects import Call, Definition, Op, Root
from .summaries import Summary, summarised
from .units import Unit
from .walk import body_of

_DEEPEST = 40
"""Of functions that call functions, so many are followed; below, all arguments count as changed."""
END = 1 << 60
"""A place after every statement: where a service's functions are called."""


class Event(NamedTuple):
    order: int
    kind: str
    """`bind`, `maybe`, `mutate` or `delete`."""
    unit: Unit


Meaning = str | Definition | None
"""A dotted path, a definition of the notebook, or None: a value."""


class Flow:
    """Everything that happens to names, from the first statement to the last."""

    def __init__(self, units: Sequence[Unit], *, served: frozenset[int] = frozenset()) -> None:
        """`served`: ids of the endpoints' nodes. Calling one in the notebook is an example: what
        it changes in the notebook is no part of what ships."""
        self.units = units
        self._served = served
        self.events: dict[str, list[Event]] = {}
        self.asked: set[str] = set()
        """Names that somebody has asked about: what is not asked about cannot matter."""
        self.ever_linked: dict[str, set[str]] = {}
        """Names that shared a value at any time."""
        self._links: dict[str, set[str]] = {}
        self._now: dict[str, Meaning] = {}
        self._history: dict[str, list[tuple[int, Meaning]]] = {}
        self._methods: dict[str, list[Definition]] = {}
        self._loaded: dict[str, set[str]] = {}
        self._reimports: dict[str, list[Event]] = {}
        """Imports that change nothing: the name means the same already."""
        self._summaries: dict[int, Summary] = {}
        self._depth = 0
        for unit in units:
            self._advance(unit)

    # Questions

    def generation(self, name: str, before: int = END, near: Unit | None = None) -> list[Event]:
        """What makes the value of `name` just before a place; empty where it has none.

        Of equal imports the first counts, but for one in the cell of `near`.
        """
        events = self._generation(name, before)
        if near is None or not events or name not in events[0].unit.effects.imports:
            return events
        for event in (*self._reimports.get(name, ()), *events[1:]):
            own = event.unit.cell is near.cell and event.order < before
            if own and _loads(name, events[0].unit) <= _loads(name, event.unit) | {
                events[0].unit.effects.imports[name]
            }:
                return [event, *[other for other in events[1:] if other is not event]]
        return events

    def _generation(self, name: str, before: int) -> list[Event]:
        self.asked.add(name)
        events = self.events.get(name, ())
        stop = bisect.bisect_left(events, before, key=lambda event: event.order)
        start = stop
        while start:
            start -= 1
            kind = events[start].kind
            if kind == "delete":
                return list(events[start + 1 : stop])
            if kind == "bind":
                break
        return list(events[start:stop])

    def last(self, name: str, before: int) -> int:
        """Order of the last event of a name before a place; -1 where there is none."""
        events = self.events.get(name, ())
        stop = bisect.bisect_left(events, before, key=lambda event: event.order)
        return events[stop - 1].order if stop else -1

    def meaning(self, name: str, before: int = END) -> Meaning:
        """What a name stands for at a place, as far as imports and definitions tell."""
        self.asked.add(name)
        history = self._history.get(name, ())
        stop = bisect.bisect_left(history, before, key=lambda item: item[0])
        if stop:
            return history[stop - 1][1]
        return f"builtins.{name}" if name in knowledge.BUILTINS else None

    def path(self, name: str, attributes: Iterable[str] = (), before: int = END) -> str:
        """The dotted path that `name.attributes` stands for; "" where it is no import's."""
        meaning = self.meaning(name, before)
        return ".".join([meaning, *attributes]) if isinstance(meaning, str) else ""

    def changed_inside(self, unit: Unit) -> bool:
        """Whether something that a definition keeps hold of changes after it."""
        return any(
            event.order > unit.order
            for name in unit.effects.functions
            for event in self.events.get(f"@{name}", ())
        )

    # Going forward

    def _advance(self, unit: Unit) -> None:
        results: list[frozenset[str]] = []
        effects = unit.effects
        for op in effects.ops if not effects.loops else [*effects.ops, *effects.ops]:
            self._step(op, unit, results)
        for name in (
            [name for name in self._links if name.startswith(".")] if effects.bodies else ()
        ):
            self._unlink(name)  # parameters of a lambda: another one's are others
        if effects.star:
            self._event(f"*{effects.star[0]}", "bind", unit)

    def _step(self, op: Op, unit: Unit, results: list[frozenset[str]]) -> None:
        if op.kind == "call":
            assert op.call is not None
            if op.call.index < len(results):
                results[op.call.index] = self._call(op.call, unit, results)
            else:
                results.append(self._call(op.call, unit, results))
        elif op.kind == "mutate":
            self._mutate(_plain(op.roots, results), unit)
        elif op.kind == "hold":
            self._hold(_plain(op.roots, results), _plain(op.other, results))
        elif op.kind == "delete":
            self._event(op.name, "delete", unit)
            self._means(op.name, unit, None)
            self._unlink(op.name)
        elif op.kind in {"bind", "maybe"}:
            self._bind(op, unit, _plain(op.roots, results))
        else:
            self._note(op, unit, _plain(op.roots, results) if op.kind != "setting" else frozenset())

    def _note(self, op: Op, unit: Unit, roots: frozenset[str]) -> None:
        """Steps that bind no name: sharing, and the state of the process."""
        if op.kind == "link":
            self._link(op.name, roots)
        elif op.kind == "capture":
            self._link(f"@{op.name}", roots, afresh=True)
        elif op.kind == "process":
            self._event(op.name, "mutate", unit)
        elif op.kind == "setting":
            meaning = self._present(op.name)
            path = ".".join([meaning, *map(str, op.roots)]) if isinstance(meaning, str) else ""
            if path in knowledge.PROCESS_PATHS:
                self._event("<process>", "mutate", unit)

    def _bind(self, op: Op, unit: Unit, roots: frozenset[str]) -> None:
        name = op.name
        if name in unit.effects.imports and self._is_known_import(name, op, unit):
            return
        always = unit.effects.binds.get(name, op.kind == "bind")
        self._event(name, "bind" if always else "maybe", unit)
        definition = unit.effects.functions.get(name)
        path = unit.effects.imports.get(name)
        if definition is not None and definition.is_class:
            for method in definition.methods.values():
                self._methods.setdefault(method.name, []).append(definition)
        if path is None and definition is None and len(roots) == 1:
            meaning = self._alias_of(unit, next(iter(roots)))
        else:
            meaning = definition or path
        self._means(name, unit, meaning)
        self._link(name, roots, afresh=op.kind == "bind")

    def _is_known_import(self, name: str, op: Op, unit: Unit) -> bool:
        """Whether the name stands for that import already; what it loads beside is noted."""
        path = unit.effects.imports[name]
        loads = _loads(name, unit)
        if self._now.get(name) != path or op.kind != "bind" or unit.effects.functions:
            self._loaded[name] = loads
            return False
        if loads <= self._loaded[name]:
            self._reimports.setdefault(name, []).append(Event(unit.order, "bind", unit))
        else:
            self._loaded[name] |= loads
            self._event(name, "maybe", unit)
        return True

    def _link(self, name: str, roots: frozenset[str], *, afresh: bool = False) -> None:
        """`name` shares with `roots` and with what these share with; `afresh`: with nothing else.

        Links are asked before they are cut: in `c = c` nothing is cut.
        """
        values = [root for root in roots if not isinstance(self._now.get(root), str)]
        links = {other for root in values for other in (root, *self._links.get(root, ()))}
        links.discard(name)
        if afresh:
            self._unlink(name)
        if links:
            self._tie(name, links)

    def _tie(self, name: str, others: set[str]) -> None:
        for table in (self._links, self.ever_linked):
            table.setdefault(name, set()).update(others)
            for other in others:
                table.setdefault(other, set()).add(name)

    def _alias_of(self, unit: Unit, root: str) -> Meaning:
        """`f = g` means what `g` means; nothing else is followed."""
        node = unit.node
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            return self._now.get(root)
        return None

    def _means(self, name: str, unit: Unit, meaning: Meaning) -> None:
        if meaning is not None or name in self._now or name in knowledge.BUILTINS:
            self._now[name] = meaning
            self._history.setdefault(name, []).append((unit.order, meaning))
            self._summaries.clear()

    def _unlink(self, name: str) -> None:
        for other in self._links.pop(name, ()):
            self._links.get(other, set()).discard(name)

    def _event(self, name: str, kind: str, unit: Unit) -> None:
        events = self.events.setdefault(name, [])
        if events and events[-1].unit is unit:
            last = events[-1].kind
            if last == kind or (kind in {"mutate", "maybe"} and last in {"bind", "maybe"}):
                return
            if (last, kind) == ("maybe", "bind"):
                events.pop()
        events.append(Event(unit.order, kind, unit))

    def _mutate(self, names: Iterable[str], unit: Unit) -> None:
        for name in names:
            self._event(name, "mutate", unit)
            for other in sorted(self._links.get(name, ())):
                self._event(other, "mutate", unit)

    def _hold(self, holders: frozenset[str], held: frozenset[str]) -> None:
        """Whatever shares with a holder shares from now on with whatever shares with the held."""
        inner = {n for name in held for n in (name, *self._links.get(name, ()))}
        outer = {n for name in holders for n in (name, *self._links.get(name, ()))}
        for holder in outer if inner else ():
            self._tie(holder, inner - {holder})

    def _present(self, name: str) -> Meaning:
        if name in self._now:
            return self._now[name]
        if name in knowledge.BUILTINS and name not in self.events:
            return f"builtins.{name}"
        return None

    def _call(self, call: Call, unit: Unit, results: list[frozenset[str]]) -> frozenset[str]:
        outcome = self._outcome(call)
        for name in sorted(str(r) for r in outcome.rebinds):
            self._event(name, "maybe", unit)
        changed = _plain(outcome.changes, results)
        self._mutate(sorted(name for name in changed if not self._is_import(name, call)), unit)
        self._hold(_plain(outcome.holder, results), _plain(outcome.held, results))
        for pseudo, kind in outcome.process:
            self._event(pseudo, kind, unit)
        return _plain(outcome.result, results)

    def _is_import(self, name: str, call: Call) -> bool:
        """Whether a call leaves `name` alone because it is an import: only a statement that says
        so itself (`np.set_printoptions()`, `plt.rcParams["x"] = 1`) sets something in a module."""
        return isinstance(self._now.get(name), str) and name != call.root

    # What a call does

    def _outcome(self, call: Call) -> Outcome:
        if call.root is not None and not call.root.startswith("."):
            meaning = self._present(call.root)
            if isinstance(meaning, str):
                return library_call(call, ".".join([meaning, *call.path]))
            if isinstance(meaning, Definition) and not call.path:
                return self._notebook_call(call, meaning)
            if isinstance(meaning, Definition) and call.path[-1] in meaning.methods:
                return self._notebook_call(call, meaning.methods[call.path[-1]])
        if call.path:
            return self._method_call(call)
        return object_call(call)

    def _method_call(self, call: Call) -> Outcome:
        method = call.path[-1]
        owners = self._methods.get(method)
        if owners and not knowledge.is_reader(method):
            outcome = Outcome()
            for owner in owners:
                definition = owner.methods[method]
                bound = Call(
                    call.index, None, (), (), (call.receiver, *call.arguments), call.keywords,
                    call.used, call.inplace, call.line,
                )  # fmt: skip
                outcome = outcome.plus(self._notebook_call(bound, definition))
            return outcome.plus(Outcome(result=frozenset(call.receiver)))
        return library_method(call)

    def _notebook_call(self, call: Call, definition: Definition) -> Outcome:
        summary = self.summary(definition)
        passed = given(call, summary.parameters)

        def outside(roots: Iterable[Root]) -> frozenset[Root]:
            found: set[Root] = set()
            for root in roots:
                if isinstance(root, str) and root.startswith("."):
                    found.update(passed.get(root[1:], ()))
                else:
                    found.add(root)
            return frozenset(found)

        if id(definition.node) in self._served:
            summary = Summary(
                summary.parameters,
                frozenset(r for r in summary.changes if str(r).startswith(".")),
                frozenset(),
                summary.returns,
            )
        result = outside(summary.returns)
        if definition.is_class:
            result = frozenset(everything(call))
        return Outcome(
            changes=outside(summary.changes), result=result, rebinds=frozenset(summary.rebinds)
        )

    def summary(self, definition: Definition) -> Summary:
        """What calling `definition` does, through all the functions it calls itself."""
        known = self._summaries.get(id(definition))
        if known is not None:
            return known
        function = definition.methods.get("__init__") if definition.is_class else definition
        parameters = function.parameters if function else ()
        if definition.is_class:
            parameters = parameters[1:]
        self._summaries[id(definition)] = Summary(parameters)  # ends recursion
        if function is None:
            return self._summaries[id(definition)]
        if self._depth == _DEEPEST:
            everything: frozenset[Root] = frozenset(f".{name}" for name in parameters)
            return Summary(parameters, changes=everything, returns=everything)
        self._depth += 1
        found = summarised(body_of(function), parameters, self._outcome)
        self._depth -= 1
        self._summaries[id(definition)] = found
        return found


def _loads(name: str, unit: Unit) -> set[str]:
    """The modules that a statement's import of `name` loads for certain; none where it has none."""
    effects = unit.effects
    found = {full for root, full in effects.submodules if root == name}
    return found or {effects.imports[name]} if name in effects.imports else set()


def _plain(roots: Iterable[Root], results: Sequence[frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    for root in roots:
        if isinstance(root, int):
            found.update(results[root])
        else:
            found.add(root)
    return frozenset(found)
