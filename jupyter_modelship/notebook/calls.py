"""What one call does to what it is given, as far as `knowledge` tells."""

from __future__ import annotations

from dataclasses import dataclass

from . import knowledge
from .effects import Call, Root, Roots


@dataclass(slots=True, frozen=True)
class Outcome:
    """What one call does: to whom, what its result shares with, who holds whom from now on."""

    changes: frozenset[Root] = frozenset()
    result: frozenset[Root] = frozenset()
    holder: frozenset[Root] = frozenset()
    held: frozenset[Root] = frozenset()
    rebinds: frozenset[str] = frozenset()
    process: tuple[tuple[str, str], ...] = ()
    """(name of a state of the process, kind of event)."""

    def plus(self, other: Outcome) -> Outcome:
        return Outcome(
            self.changes | other.changes,
            self.result | other.result,
            self.holder | other.holder,
            self.held | other.held,
            self.rebinds | other.rebinds,
            self.process + other.process,
        )


_NONE: frozenset[Root] = frozenset()


def everything(call: Call) -> Roots:
    return tuple(
        root
        for roots in (*call.arguments, *(roots for _, roots in call.keywords))
        for root in roots
    )


def given(call: Call, parameters: tuple[str, ...]) -> dict[str, Roots]:
    """Parameter -> roots of what is passed for it; what cannot be told goes to all."""
    given: dict[str, Roots] = dict(zip(parameters, call.arguments, strict=False))
    if len(call.arguments) > len(parameters) and parameters:
        rest = tuple(r for roots in call.arguments[len(parameters) :] for r in roots)
        given[parameters[-1]] = given.get(parameters[-1], ()) + rest
    for name, roots in call.keywords:
        for parameter in (name,) if name in parameters else parameters[-1:]:
            if parameter is not None:
                given[parameter] = given.get(parameter, ()) + roots
    return given


def library_call(call: Call, path: str) -> Outcome:
    """A call of a function or class that is imported, or built in."""
    if path in knowledge.SEEDS:
        source = knowledge.SEEDS[path]
        return Outcome(process=((f"<{source} seed>", "bind"), (f"<{source}>", "bind")))
    module, function = path.partition(".")[0], path.rpartition(".")[2]
    arguments = frozenset(everything(call))
    sets_attribute = path == "builtins.setattr" and bool(call.arguments)
    return Outcome(
        changes=_changed(call, path, module, function),
        result=arguments if _shares(path, module, function) else _NONE,
        holder=frozenset(call.arguments[0]) if sets_attribute else _NONE,
        held=arguments if sets_attribute else _NONE,
        process=_process(path),
    )


def _process(path: str) -> tuple[tuple[str, str], ...]:
    if path in knowledge.PROCESS_CALLS:
        return (("<process>", "mutate"),)
    source = knowledge.draws(path)
    return ((f"<{source}>", "mutate"),) if source else ()


def _changed(call: Call, path: str, module: str, function: str) -> frozenset[Root]:
    changed: set[Root] = set()
    for position in knowledge.MUTATES_ARGUMENT.get(path, ()):
        within = position < len(call.arguments)
        changed.update(call.arguments[position] if within else everything(call))
    own = module in knowledge.READER_MODULES or function[:1].isupper()
    if not own and not knowledge.is_reader(function):
        changed.update(everything(call))
    if not call.used and call.root and module != "builtins" and knowledge.is_configuring(function):
        changed.add(call.root)
    return frozenset(changed)


def _shares(path: str, module: str, function: str) -> bool:
    """Whether the result may hold what the call was given. Objects hold what made them."""
    if module == "builtins":
        return function in knowledge.SHARING_BUILTINS
    known = module in knowledge.READER_MODULES
    return not known or function[:1].isupper() or path in knowledge.VIEW_FUNCTIONS


def library_method(call: Call) -> Outcome:
    method = call.path[-1]
    receiver = frozenset(call.receiver)
    if call.inplace:
        return Outcome(changes=receiver, result=receiver)
    if method in knowledge.VIEW_METHODS:
        return Outcome(result=receiver)
    if knowledge.is_reader(method):
        return Outcome()
    changes = set(receiver)
    arguments = frozenset(everything(call))
    if method in knowledge.HOLDING_METHODS:
        return Outcome(changes=frozenset(changes), result=receiver, holder=receiver, held=arguments)
    if any(isinstance(root, str) and "trainer" in root.lower() for root in receiver):
        changes |= arguments  # a trainer changes the model that it is given
    return Outcome(changes=frozenset(changes), result=receiver)


def object_call(call: Call) -> Outcome:
    """Calling a value: `net(x)` shares with both, and alone on a line it changes both."""
    shared = frozenset((*call.receiver, *everything(call)))
    return Outcome(changes=frozenset() if call.used else shared, result=shared)
