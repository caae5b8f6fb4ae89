"""What calling a function of the notebook does to its arguments and to the notebook's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .calls import Outcome, library_call
from .effects import Call, Effects, Op, Root


@dataclass(slots=True)
class Summary:
    """What calling a function of the notebook does to what it is given and to the notebook."""

    parameters: tuple[str, ...] = ()
    changes: frozenset[Root] = frozenset()
    """Local names of parameters (".x") and global names."""
    rebinds: frozenset[str] = frozenset()
    returns: frozenset[Root] = frozenset()
    """Parameters and globals that the result may share with."""


class _Body:
    """Goes over the steps of a body in any order: which names share, which change."""

    def __init__(self, body: Effects, outcome: Callable[[Call], Outcome]) -> None:
        self._body = body
        self._outcome = outcome
        self._shares: dict[Root, set[Root]] = {}
        self._results: list[set[Root]] = [set() for _ in range(body.calls)]
        self.changes: set[Root] = set()
        self.rebinds: set[str] = set(body.binds)

    def reach(self, roots: Iterable[Root]) -> set[Root]:
        """The names behind roots: results of calls resolved, sharing followed."""
        found: set[Root] = set()
        stack = list(roots)
        while stack:
            root = stack.pop()
            if root in found:
                continue
            if isinstance(root, int):
                stack.extend(self._results[root])
                continue
            found.add(root)
            stack.extend(self._shares.get(root, ()))
        return found

    def step(self, op: Op) -> None:
        if op.kind == "link":
            self._shares.setdefault(op.name, set()).update(self.reach(op.roots))
        elif op.kind == "mutate":
            self.changes |= self.reach(op.roots)
        elif op.kind == "hold":
            self._hold(op.roots, op.other)
        elif op.call is not None:
            self._call(op.call)

    def _hold(self, holders: Iterable[Root], held: Iterable[Root]) -> None:
        members = self.reach(held)
        for holder in self.reach(holders):
            self._shares.setdefault(holder, set()).update(members)

    def _call(self, call: Call) -> None:
        path = self._body.imports.get(call.root or "")
        imported = ".".join([path, *call.path]) if path else ""
        outcome = library_call(call, imported) if imported else self._outcome(call)
        self.changes |= self.reach(outcome.changes)
        self.changes |= {state for state, _ in outcome.process}
        self.rebinds |= outcome.rebinds
        self._results[call.index] = self.reach(outcome.result)
        self._hold(outcome.holder, outcome.held)


def summarised(
    body: Effects, parameters: tuple[str, ...], outcome: Callable[[Call], Outcome]
) -> Summary:
    """The effects of a function's body as its caller sees them."""
    steps = _Body(body, outcome)
    for _ in range(2):  # twice: what a loop's second turn sees
        for op in body.ops:
            steps.step(op)
    own = {f".{name}" for name in parameters}
    returns = steps.reach(body.returns)
    return Summary(
        parameters,
        frozenset(r for r in steps.changes if not str(r).startswith(".") or r in own),
        frozenset(steps.rebinds),
        frozenset(r for r in returns if not str(r).startswith(".") or r in own),
    )
