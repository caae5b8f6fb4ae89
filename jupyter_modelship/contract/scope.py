"""What the names in annotations mean, read from the statements that ship. Nothing is executed."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jupyter_modelship.model import Slice


@dataclass(frozen=True, slots=True)
class Imported:
    """A name bound by an import; `qualified` is the dotted name in its home module."""

    qualified: str


@dataclass(frozen=True, slots=True)
class Defined:
    """A name bound by a class statement."""

    node: ast.ClassDef


@dataclass(frozen=True, slots=True)
class Assigned:
    """A name bound to an expression: an alias, a NewType, a functional class."""

    value: ast.expr


@dataclass(frozen=True, slots=True)
class Opaque:
    """A name bound to something that is no type: a function, a computed value."""


Binding = Imported | Defined | Assigned | Opaque
Scope = Mapping[str, Binding]

_HOMES = {
    "typing_extensions": "typing",
    "collections.abc": "typing",
    "pandas.core.frame": "pandas",
    "pandas.core.series": "pandas",
    "numpy._typing": "numpy.typing",
}
_BUILTINS = frozenset(dir(builtins))


def scope(slice_: Slice) -> Scope:
    """Name -> binding over all shipped statements; the last binding of a name counts."""
    found: dict[str, Binding] = {}
    for statement in slice_.statements:
        for name in statement.names:
            found.setdefault(name, Opaque())
        found.update(bindings(statement.text))
    for computed in slice_.computed:
        found.setdefault(computed.name, Opaque())
    return found


def bindings(source: str) -> dict[str, Binding]:
    """What the top-level statements of `source` bind; nothing where it does not parse."""
    return dict(_bound(_body(source)))


def imports_of(source: str) -> Iterator[tuple[str, Imported]]:
    """The imports of `source` that are made for certain, so not those under `if TYPE_CHECKING`."""
    for node in _body(source):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node)


def _body(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _bound(body: Iterable[ast.stmt]) -> Iterator[tuple[str, Binding]]:
    for node in body:
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from _imported(node)
            case ast.ClassDef(name=name):
                yield name, Defined(node)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, Opaque()
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, Assigned(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, Assigned(value)
            case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                yield from _bound(other)
                yield from _bound(inner)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Imported]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            home = "." * node.level + (node.module or "")
            yield alias.asname or alias.name, Imported(home_of(f"{home}.{alias.name}"))
        else:
            head = alias.name.partition(".")[0]
            yield alias.asname or head, Imported(alias.name if alias.asname else head)


def home_of(qualified: str) -> str:
    """The name under which the tables know a dotted name: `typing_extensions.X` is `typing.X`."""
    module, _, name = qualified.rpartition(".")
    return f"{_HOMES[module]}.{name}" if module in _HOMES else qualified


def qualified(node: ast.expr, names: Scope) -> str | None:
    """The dotted name that `node` stands for; None where it is not a name of an import or builtin.

    A name that nothing binds and that is a builtin is `builtins.<name>`.
    """
    if isinstance(node, ast.Attribute):
        base = qualified(node.value, names)
        return None if base is None else home_of(f"{base}.{node.attr}")
    if not isinstance(node, ast.Name):
        return None
    binding = names.get(node.id)
    if isinstance(binding, Imported):
        return binding.qualified
    if binding is None and node.id in _BUILTINS:
        return f"builtins.{node.id}"
    return None
