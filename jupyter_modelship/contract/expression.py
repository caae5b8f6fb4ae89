"""Types as the Python of a registration line: `list[float]`, `Array("float64", (None, 4))`."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_modelship.model import Slice

from .scope import Binding, Imported, imports_of, scope
from .types import (
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    Ref,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    children,
    rebuild,
)

_SCALARS = {
    "int": "builtins.int",
    "float": "builtins.float",
    "str": "builtins.str",
    "bool": "builtins.bool",
    "bytes": "builtins.bytes",
    "datetime": "datetime.datetime",
    "date": "datetime.date",
    "time": "datetime.time",
    "timedelta": "datetime.timedelta",
    "decimal": "decimal.Decimal",
    "uuid": "uuid.UUID",
}
_ANY = "typing.Any"


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """`from module import name`, or `… as local` where the notebook uses `name` for its own."""

    module: str
    name: str
    local: str

    def statement(self) -> ast.ImportFrom:
        """The import as syntax."""
        asname = self.local if self.local != self.name else None
        return ast.ImportFrom(self.module, [ast.alias(self.name, asname)], 0)


@dataclass(frozen=True, slots=True)
class Names:
    """How service.py can say a dotted name, given what the notebook's own statements bind."""

    said: Mapping[str, str] = field(default_factory=dict)
    """Dotted name -> the notebook's own spelling of it."""
    taken: frozenset[str] = frozenset()

    def spell(self, dotted: str) -> str:
        """The notebook's own word where it has one, else the plain name, else the name with `_`."""
        module, _, name = dotted.rpartition(".")
        if dotted in self.said:
            return self.said[dotted]
        if module in self.said:
            return f"{self.said[module]}.{name}"
        while name in self.taken:
            name += "_"
        return name

    def imports(self, dotted: str) -> Iterator[Import]:
        """What must be imported so that `spell` holds."""
        module, _, name = dotted.rpartition(".")
        local = self.spell(dotted)
        if dotted in self.said or module in self.said:
            return
        if module != "builtins" or local != name:
            yield Import(module, name, local)


NO_NAMES = Names()


def names_of(slice_: Slice) -> Names:
    """How the service of that slice can say the names of types."""
    bound = scope(slice_)
    said: dict[str, str] = {}
    for statement in slice_.statements:
        for name, binding in imports_of(statement.text):
            if bound.get(name) == binding:  # and not bound again to something else
                said.setdefault(binding.qualified, name)
    return Names(said, frozenset(bound))


def standard_scope() -> dict[str, Binding]:
    """What `imports_for` binds where the notebook binds nothing."""
    dotted = [name for name in _SCALARS.values() if not name.startswith("builtins.")]
    dotted += [_ANY, "typing.Literal", "typing.TypedDict"]
    dotted += [f"modelship_runtime.{name}" for name in ("Array", "Frame", "Series")]
    return {name.rpartition(".")[2]: Imported(name) for name in dotted}


def expression(type_: Type, names: Names = NO_NAMES) -> str:
    """Python source for `type_`, valid on Python 3.10. A hole reads as far as it is known."""
    return _double_quoted(ast.unparse(expression_node(type_, names)))


_HOLES = {
    "any": "Any",
    "dict": "dict",
    "tuple": "tuple",
    "array": "numpy.ndarray",
    "frame": "pandas.DataFrame",
    "series": "pandas.Series",
}


def said(type_: Type) -> str:
    """A type as a message says it: holes by what their annotation says of them."""

    def plain(part: Type) -> Type:
        if isinstance(part, Hole) and not part.dtype:
            return Ref(_HOLES[part.kind])
        return rebuild(part, plain)

    return expression(plain(type_))


def imports_for(types: Iterable[Type], names: Names = NO_NAMES) -> tuple[Import, ...]:
    """The imports that the expressions of `types` need, sorted, each once."""
    needed = {one for type_ in types for dotted in _dotted(type_) for one in names.imports(dotted)}
    return tuple(sorted(needed))


def _dotted(type_: Type) -> Iterator[str]:
    """The dotted names that the expression of a type says, classes of the notebook left out."""
    if isinstance(type_, Record) and type_.declared:
        return
    if isinstance(type_, Hole) and type_.dtype:
        type_ = Array(type_.dtype)
    if (head := _head(type_)) is not None:
        yield head
    for child in children(type_):
        yield from _dotted(child)


def _head(type_: Type) -> str | None:
    match type_:
        case Scalar(kind):
            return _SCALARS[kind]
        case AnyJson() | Hole():
            return _ANY
        case LiteralOf():
            return "typing.Literal"
        case ListOf():
            return "builtins.list"
        case SetOf(frozen=frozen):
            return "builtins.frozenset" if frozen else "builtins.set"
        case TupleOf():
            return "builtins.tuple"
        case DictOf():
            return "builtins.dict"
        case Record():
            return "typing.TypedDict"
        case Array() | Series() | Frame():
            return f"modelship_runtime.{type(type_).__name__}"
    return None


def expression_node(type_: Type, names: Names = NO_NAMES) -> ast.expr:
    """Python syntax for `type_`."""
    match type_:
        case Hole(dtype=dtype) if dtype:
            return expression_node(Array(dtype), names)
        case Null():
            return ast.Constant(None)
        case EnumOf(name) | Ref(name) | Record(name=name, declared=True):
            return _name(name)
        case UnionOf(parts):
            return _either([expression_node(part, names) for part in parts])
    head = _name(names.spell(_head(type_) or _ANY))
    match type_:
        case Scalar() | AnyJson() | Hole():
            return head
        case Array() | Series() | Frame() | Record():
            return ast.Call(head, _arguments(type_, names), [])
    return ast.Subscript(head, _index(type_, names))


def _index(type_: Type, names: Names) -> ast.expr:
    parts: list[ast.expr]
    match type_:
        case LiteralOf(values):
            parts = [ast.Constant(value) for value in values]
        case TupleOf(items, None):
            parts = [expression_node(item, names) for item in items]
        case TupleOf(rest=rest) if rest is not None:
            parts = [expression_node(rest, names), ast.Constant(...)]
        case _:
            parts = [expression_node(child, names) for child in children(type_)]
    return parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())


def _arguments(type_: Type, names: Names) -> list[ast.expr]:
    match type_:
        case Array(dtype, shape):
            return [ast.Constant(dtype), *([] if shape is None else [_constant(shape)])]
        case Series(dtype):
            return [ast.Constant(dtype)]
        case Frame(columns):
            return [_constant(dict(columns))]
        case Record(name=name, fields=fields):
            keys: list[ast.expr | None] = [ast.Constant(one.name) for one in fields]
            return [
                ast.Constant(name),
                ast.Dict(keys, [expression_node(one.type, names) for one in fields]),
            ]
    raise TypeError(f"{type_} is not made by a call")


def _constant(value: object) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _name(dotted: str) -> ast.expr:
    head, *attributes = dotted.split(".")
    node: ast.expr = ast.Name(head, ast.Load())
    for attribute in attributes:
        node = ast.Attribute(node, attribute, ast.Load())
    return node


def _either(parts: list[ast.expr]) -> ast.expr:
    node = parts[0]
    for part in parts[1:]:
        node = ast.BinOp(node, ast.BitOr(), part)
    return node


def _double_quoted(source: str) -> str:
    """`source` with its plain string literals in double quotes, as formatters write them."""
    tokens = [
        token._replace(string=f'"{token.string[1:-1]}"')
        if token.type == tokenize.STRING
        and token.string.startswith("'")
        and not set(token.string[1:-1]) & set("'\"\\")
        else token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
    ]
    return tokenize.untokenize(tokens).strip()
