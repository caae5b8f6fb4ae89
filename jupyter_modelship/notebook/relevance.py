"""Which cells have to be looked into, so that the answer is the one that looking into all gives.

After each attempt at a slice: every name that was asked for, every name that shares a value with
one of these, every function that reaches one of these. A cell that mentions none of them cannot
change the answer. (`tests/unit/notebook/test_relevance.py` compares with looking into all.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .effects import Definition, Effects
from .flow import Flow
from .statements import Code
from .walk import body_of, later_of


class Relevance:
    """Grows the set of cells to look into until it is closed."""

    def __init__(self, codes: Sequence[Code], first: Iterable[str]) -> None:
        self._codes = codes
        self._values: set[str] = set()
        """Names bound by something else than an import, somewhere."""
        self._callables: set[str] = set()
        """Names of which it matters what they stand for where they are called."""
        self._modules: set[str] = set()
        """Names bound by imports and by nothing else."""
        for code in codes:
            self._values |= code.skim.binds
            self._modules.update(code.skim.imports)
            self._callables |= code.skim.callables
            self._callables.update(code.skim.imports)
        self._modules -= self._values
        self._first_imports = _first_imports(codes)
        self._known: set[str] = set()
        self._methods: set[str] = set()
        """Names and methods that every cell has been asked about."""
        self.cells: set[str] = set(first)
        self.cells.update(code.cell.id for code in codes if code.skim.everywhere)

    def chosen(self) -> list[Code]:
        """The cells to look into, in notebook order."""
        return [code for code in self._codes if code.cell.id in self.cells]

    def grow(self, flow: Flow) -> bool:
        """Take in what an attempt has shown to matter; False when there was nothing new."""
        before = len(self.cells)
        names = self._behind(_related(flow, self._callables) - self._known)
        methods = _methods(flow) - self._methods
        self._known |= names
        self._methods |= methods
        values, modules = names & self._values, names & self._modules
        for code in self._codes:
            cell = code.cell.id
            if cell not in self.cells and (
                any(cell in self._first_imports[name] for name in modules)
                or _matters(code, values, modules, methods)
            ):
                self.cells.add(cell)
        return len(self.cells) > before

    def _behind(self, names: set[str]) -> set[str]:
        """With the names that stand where these are bound, and so on: saves attempts."""
        found = set(names)
        if not found:
            return found
        waiting = [code for code in self._codes if code.cell.id not in self.cells]
        grown = True
        while grown:
            grown = False
            for code in list(waiting):
                if not code.skim.binds.isdisjoint(found):
                    waiting.remove(code)
                    found |= code.skim.mentions(self._values)
                    grown = True
        return found


def _first_imports(codes: Sequence[Code]) -> dict[str, set[str]]:
    """Per name the cells that have to be looked into for it: the first import, of equal ones."""
    loads: dict[str, set[str]] = {}
    cells: dict[str, list[str]] = {}
    for code in codes:
        for name, loaded in code.skim.imports.items():
            loads.setdefault(name, set()).add(loaded)
            cells.setdefault(name, []).append(code.cell.id)
    return {
        name: set(found if len(loads[name]) > 1 or "" in loads[name] else found[:1])
        for name, found in cells.items()
    }


def _matters(code: Code, values: set[str], modules: set[str], methods: set[str]) -> bool:
    glance = code.skim
    if glance.mentions(values):
        return True
    if "class " in glance.text and glance.mentions(methods):
        return True
    mentioned = glance.mentions(modules)
    return bool(mentioned) and (
        not mentioned.isdisjoint(glance.assigned)
        or glance.configures
        or ("def " in glance.text and "global " in glance.text)
    )


def _related(flow: Flow, callables: set[str]) -> set[str]:
    """Names asked for, and names that can change what these stand for."""
    found = {name for name in flow.asked if name[:1] not in "<@*."}
    grown = True
    while grown:
        before = len(found)
        for name in tuple(found):
            found |= flow.ever_linked.get(name, set())
        for unit in flow.units:
            effects = unit.effects
            touched = {*effects.reads, *effects.soft, *effects.binds}
            if unit.code.skim.everywhere or not touched.isdisjoint(found):
                found |= _roots(effects) & callables
            for name, definition in effects.functions.items():
                found |= _reached(name, definition, found, callables)
        grown = len(found) > before
    return {name for name in found if name[:1] not in "<@*."}


def _reached(name: str, definition: Definition, found: set[str], callables: set[str]) -> set[str]:
    """A function that names one of `found` can change it; what it calls decides how."""
    body = body_of(definition)
    bodies = [body, *[body_of(method) for method in definition.methods.values()]]
    reads = {n for b in bodies for n in (*b.reads, *b.soft, *b.binds, *later_of(b))}
    if name in found or not reads.isdisjoint(found):
        return {name, *[root for b in bodies for root in _roots(b) & callables]}
    return set()


def _roots(effects: Effects) -> set[str]:
    """Names of what is called: whether it changes its arguments must be known."""
    roots = {op.call.root for op in effects.ops if op.call is not None}
    roots |= {op.name for op in effects.ops if op.kind == "setting"}
    return {root for root in roots if root is not None and root[:1] != "."}


def _methods(flow: Flow) -> set[str]:
    """Methods that are called anywhere: a class of the notebook may define them."""
    found: set[str] = set()
    for unit in flow.units:
        found.update(op.call.path[-1] for op in unit.effects.ops if op.call and op.call.path)
        for definition in unit.effects.functions.values():
            for one in (definition, *definition.methods.values()):
                ops = body_of(one).ops
                found.update(op.call.path[-1] for op in ops if op.call and op.call.path)
    return found
