"""Which statements mean the same where a service starts as they meant in the notebook.

Imports and definitions do; assignments do where their value is made of constants, of names that
ship as source themselves, and of calls from one small table (`knowledge.pure_constructor`).
"""

from __future__ import annotations

import ast
from typing import Any

from jupyter_modelship.model import Role

from . import knowledge
from .effects import Definition
from .flow import Event, Flow
from .tags import Marks
from .units import Unit

_TRANSPARENT = (
    ast.Tuple, ast.List, ast.Set, ast.Dict, ast.JoinedStr, ast.FormattedValue, ast.BinOp,
    ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Starred, ast.Slice, ast.Subscript,
)  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_VALUE_METHODS = knowledge.words("""
    as_posix capitalize casefold copy count decode difference encode endswith format get index
    intersection items join joinpath keys lower lstrip most_common partition removeprefix
    removesuffix replace rsplit rstrip split splitlines startswith strip title union upper values
    with_name with_suffix zfill
""")
"""Methods of constants and containers that give the same every time."""
_TABULAR = {"dataclass", "NamedTuple", "TypedDict", "namedtuple"}


class _AskFirst(Exception):
    """Judging a statement needs the judgement of another one."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self.unit = unit


class Purity:
    """Answers for the units of one flow."""

    def __init__(self, flow: Flow, marks: dict[str, Marks]) -> None:
        self._flow = flow
        self._marks = marks
        self._units: dict[int, bool] = {}
        self._open: list[Unit] = []
        """Statements that are being judged, each because of the one before it."""

    def part(self, unit: Unit) -> str | None:
        """The word that the unit's cell is marked with."""
        marked = self._marks.get(unit.cell.id)
        return marked.part if marked else None

    def generation(self, name: str, events: list[Event]) -> bool:
        """Whether the value that `events` make of `name` can be made again from source."""
        return bool(events) and all(self._event(name, event, events) for event in events)

    def _event(self, name: str, event: Event, events: list[Event]) -> bool:
        unit = event.unit
        if event.kind != "mutate":
            return self.unit(unit)
        if isinstance(unit.node, _DEFINITIONS) or self.part(unit) == "setup":
            return True
        binder = events[0].unit
        if name in binder.effects.imports:
            return True  # configures a module: kept in the rehearsal, reported where it ships
        return name in binder.effects.functions and self._is_patch(unit)

    def is_patch(self, name: str, event: Event, events: list[Event]) -> bool:
        """Whether a mutation ships with what it changes: `predict.version = 3`."""
        if event.kind != "mutate" or name in events[0].unit.effects.imports:
            return False
        return self._event(name, event, events)

    def _is_patch(self, unit: Unit) -> bool:
        node = unit.node
        return (
            isinstance(node, ast.Assign)
            and all(isinstance(target, ast.Attribute) for target in node.targets)
            and self.value(node.value, unit)
        )

    def unit(self, unit: Unit) -> bool:
        """Whether the whole statement can ship as source.

        What a statement depends on is judged first, on a list instead of the stack: chains of
        hundreds of statements are common. What depends on itself is computed.
        """
        if unit.order in self._units:
            return self._units[unit.order]
        if self._open:
            if unit in self._open:
                return False
            raise _AskFirst(unit)
        self._open = [unit]
        while self._open:
            asked = self._open[-1]
            try:
                self._units[asked.order] = self._unit(asked)
                self._open.pop()
            except _AskFirst as other:
                self._open.append(other.unit)
        return self._units[unit.order]

    def _unit(self, unit: Unit) -> bool:
        if unit.node is None or unit.effects.awaits:
            return False
        return self.part(unit) == "setup" or self._statement(unit.node, unit)

    def role(self, unit: Unit) -> Role:
        """Why a statement that ships does."""
        node = unit.node
        if is_future(unit):
            return "future"
        if self.part(unit) == "setup":
            return "setup"
        effects = unit.effects
        if effects.functions or isinstance(node, _DEFINITIONS):
            return "definition"
        return "import" if effects.imports or effects.star else "constant"

    def _statement(self, node: ast.stmt, unit: Unit) -> bool:
        if isinstance(node, (ast.Import, ast.ImportFrom, *_DEFINITIONS)):
            return True
        if isinstance(node, ast.Assign):
            return all(map(_is_plain, node.targets)) and self.value(node.value, unit)
        if isinstance(node, ast.AnnAssign):
            return _is_plain(node.target) and (node.value is None or self.value(node.value, unit))
        if type(node).__name__ == "TypeAlias":
            return True
        return self._compound(node, unit)

    def _compound(self, node: Any, unit: Unit) -> bool:
        if isinstance(node, ast.If):
            parts = [*node.body, *node.orelse]
            return (
                not is_main_guard(node)
                and self.value(node.test, unit)
                and all(self._inner(part, unit) for part in parts)
            )
        if isinstance(node, ast.Try):
            parts = [*node.body, *node.orelse, *node.finalbody]
            parts += [part for handler in node.handlers for part in handler.body]
            return all(self._inner(part, unit) for part in parts)
        return False

    def _inner(self, node: ast.stmt, unit: Unit) -> bool:
        if isinstance(node, (ast.Pass, ast.Raise)):
            return True
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Constant)
        return self._statement(node, unit)

    # Values

    def value(self, node: ast.expr | None, unit: Unit, own: frozenset[str] = frozenset()) -> bool:
        """Whether evaluating `node` again gives the same and touches nothing."""
        if node is None or isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return node.id in own or self._name(node.id, unit)
        if isinstance(node, _TRANSPARENT):
            return all(
                self.value(child, unit, own)
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.expr)
            )
        if isinstance(node, ast.Attribute):
            return self._attribute(node, unit)
        if isinstance(node, ast.Call):
            return self._call(node, unit, own)
        if isinstance(node, ast.Lambda):
            defaults = (*node.args.defaults, *node.args.kw_defaults)
            return all(self.value(default, unit, own) for default in defaults)
        return isinstance(node, _COMPREHENSIONS) and self._comprehension(node, unit, own)

    def _name(self, name: str, unit: Unit) -> bool:
        if name in unit.effects.binds:
            return True  # bound by the same statement: judged with it
        events = self._flow.generation(name, unit.order)
        if not events:
            return name in knowledge.BUILTINS and name not in self._flow.events
        if any(self.part(event.unit) == "parameters" for event in events):
            return False  # a run may override it
        return self.generation(name, self._whole(name, events))

    def _whole(self, name: str, events: list[Event]) -> list[Event]:
        """The generation with what changes it later: what is computed then ships as computed."""
        later = self._flow.events[name]
        start = later.index(events[-1]) + 1
        whole = list(events)
        for event in later[start:]:
            if event.kind in {"bind", "delete"}:
                break
            whole.append(event)
        return whole

    def _attribute(self, node: ast.Attribute, unit: Unit) -> bool:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return False
        if root.id in unit.effects.imports:
            return True
        meaning = self._flow.meaning(root.id, unit.order)
        is_class = isinstance(meaning, Definition) and meaning.is_class
        is_import = isinstance(meaning, str) and not meaning.startswith("builtins.")
        if is_import and any(
            event.kind == "mutate" for event in self._flow.generation(root.id, unit.order)
        ):
            return False  # `math.extra = 1` stays behind, so that `math.extra` must be computed
        return (is_class or is_import) and self._name(root.id, unit)

    def _call(self, node: ast.Call, unit: Unit, own: frozenset[str]) -> bool:
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        return self._can_call(node.func, unit, own) and all(
            self.value(argument, unit, own) for argument in given
        )

    def _can_call(self, function: ast.expr, unit: Unit, own: frozenset[str]) -> bool:
        path = self._callee(function, unit)
        if path:
            return knowledge.pure_constructor(path)
        if isinstance(function, ast.Name):
            return self._is_record(function.id, unit)
        return (
            isinstance(function, ast.Attribute)
            and function.attr in _VALUE_METHODS
            and self.value(function.value, unit, own)
        )

    def _callee(self, node: ast.expr, unit: Unit) -> str:
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        imported = unit.effects.imports.get(node.id)
        if imported:
            return ".".join([imported, *reversed(attributes)])
        if node.id in self._flow.events and not self._name(node.id, unit):
            return ""
        return self._flow.path(node.id, reversed(attributes), unit.order)

    def _is_record(self, name: str, unit: Unit) -> bool:
        """A class of the notebook that only holds what it is given."""
        meaning = self._flow.meaning(name, unit.order)
        if not isinstance(meaning, Definition) or not isinstance(meaning.node, ast.ClassDef):
            return False
        if {"__init__", "__new__", "__post_init__"} & set(meaning.methods):
            return False
        words = [*meaning.node.decorator_list, *meaning.node.bases]
        names = {
            part.id if isinstance(part, ast.Name) else getattr(part, "attr", "")
            for word in words
            for part in ast.walk(word)
        }
        return bool(names & _TABULAR) and len(meaning.node.bases) < 2

    def _comprehension(self, node: Any, unit: Unit, own: frozenset[str]) -> bool:
        for generator in node.generators:
            if generator.is_async or not self.value(generator.iter, unit, own):
                return False
            targets = ast.walk(generator.target)
            own |= {part.id for part in targets if isinstance(part, ast.Name)}
            if not all(self.value(condition, unit, own) for condition in generator.ifs):
                return False
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return all(self.value(result, unit, own) for result in results)


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(map(_is_plain, target.elts))
    if isinstance(target, ast.Starred):
        return _is_plain(target.value)
    return isinstance(target, ast.Name)


def is_future(unit: Unit) -> bool:
    """`from __future__ import …`, which has to stand first in a module."""
    return isinstance(unit.node, ast.ImportFrom) and unit.node.module == "__future__"


def is_main_guard(node: ast.stmt | None) -> bool:
    """`if __name__ == "__main__":`, which is true in a notebook and false in a service."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )
