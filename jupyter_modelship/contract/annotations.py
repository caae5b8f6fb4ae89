"""From the source of an annotation to a type. Nothing is imported or executed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeAlias

from jupyter_modelship.model import Check

from . import catalogue, dtypes
from .scope import Assigned, Defined, Opaque, Scope, qualified
from .types import (
    AnyJson,
    Array,
    DictOf,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    Ref,
    Scalar,
    ScalarKind,
    Series,
    SetOf,
    TupleOf,
    Type,
    rebuild,
    union,
    walk,
)

_SCALARS: dict[str, ScalarKind] = {
    "builtins.int": "int", "builtins.float": "float", "builtins.str": "str",
    "builtins.bool": "bool", "builtins.bytes": "bytes", "typing.Text": "str",
    "datetime.datetime": "datetime", "datetime.date": "date", "datetime.time": "time",
    "datetime.timedelta": "timedelta", "decimal.Decimal": "decimal", "uuid.UUID": "uuid",
}  # fmt: skip
_PLAIN: dict[str, Type] = {
    "typing.Any": AnyJson(),
    "builtins.object": AnyJson(),
    "numpy.ndarray": Hole("array"),
    "numpy.typing.NDArray": Hole("array"),
    "numpy.typing.ArrayLike": Hole(),
    "pandas.DataFrame": Hole("frame"),
    "pandas.Series": Hole("series"),
    "types.NoneType": Null(),
}
_LISTS = (
    "builtins.list", "typing.List", "typing.Sequence", "typing.MutableSequence",
    "typing.Collection", "typing.Iterable",
)  # fmt: skip
_SETS = ("builtins.set", "typing.Set", "typing.MutableSet", "typing.AbstractSet")
_FROZEN_SETS = ("builtins.frozenset", "typing.FrozenSet")
_DICTS = ("builtins.dict", "typing.Dict", "typing.Mapping", "typing.MutableMapping")
_INNER = ("typing.Annotated", "typing.Final", "typing.ReadOnly", "typing.Required",
          "typing.NotRequired")  # fmt: skip
_RUNTIME = "modelship_runtime."
_PANDAS_ITEMS = {"int": "int64", "float": "float64", "bool": "bool", "str": "str"}
_DEPTH = 64

Classes: TypeAlias = "Callable[[str, Reader], Type]"


class AnnotationError(Exception):
    """An annotation that gives no type: `check` says which finding it is, the text why."""

    def __init__(self, check: Check, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.check = check
        self.why = why
        self.remedy = remedy


class Reader:
    """Reads annotations in one scope. `classes` reads a class statement or functional class.

    `open_classes` are the classes being read: a name among them becomes a `Ref`.
    """

    def __init__(self, names: Scope, classes: Classes, open_classes: tuple[str, ...] = ()) -> None:
        self.names = names
        self.open_classes = open_classes
        self._classes = classes
        self._depth = 0

    def inside(self, name: str) -> Reader:
        """A reader for the fields of the class `name`."""
        return Reader(self.names, self._classes, (*self.open_classes, name))

    def text(self, source: str) -> Type:
        """The type that an annotation's source says; raises AnnotationError."""
        try:
            node = ast.parse(source.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise AnnotationError(
                catalogue.UNREADABLE, f"`{source}` is not valid Python"
            ) from error
        return self.node(node)

    def node(self, node: ast.expr) -> Type:
        """The type that an annotation's expression says; raises AnnotationError.

        Inside a class `list` is a list of anything: the class is shipped as it is written, and
        what the rehearsal sees does not change it.
        """
        if self._depth > _DEPTH:
            raise AnnotationError(catalogue.UNREADABLE, f"`{_say(node)}` refers to itself")
        self._depth += 1
        try:
            found = self._read(node)
        finally:
            self._depth -= 1
        return closed(found) if self.open_classes else found

    def _read(self, node: ast.expr) -> Type:
        match node:
            case ast.Constant(value=None):
                return Null()
            case ast.Constant(value=str() as source):
                return self.text(source)
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.Attribute():
                return self._dotted(self._qualified(node), node)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union((self.node(left), self.node(right)))
            case ast.Subscript(value=value, slice=index):
                parts = tuple(index.elts) if isinstance(index, ast.Tuple) else (index,)
                return self._subscript(self._qualified(value), parts, node)
            case ast.Call(func=func):
                return self._call(node, qualified(func, self.names) or "")
        raise AnnotationError(catalogue.UNREADABLE, f"`{_say(node)}` is not a type")

    def _qualified(self, node: ast.expr) -> str:
        """The dotted name of what is subscripted, looking through `L = list`."""
        for _ in range(_DEPTH):
            binding = self.names.get(node.id) if isinstance(node, ast.Name) else None
            if not isinstance(binding, Assigned):
                break
            node = binding.value
        found = qualified(node, self.names)
        if found is None:
            self._unknown(node)
        return found or ""

    def _unknown(self, node: ast.expr) -> None:
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id not in self.names:
            raise AnnotationError(
                catalogue.UNRESOLVED, f"`{_say(node)}` is bound by no statement that ships"
            )
        raise unsupported(node, "is not a type that requests can carry")

    def _name(self, name: str, node: ast.expr) -> Type:
        binding = self.names.get(name)
        if isinstance(binding, Defined | Assigned) and name in self.open_classes:
            return Ref(name)
        if isinstance(binding, Defined):
            return self._classes(name, self)
        if isinstance(binding, Assigned):
            if isinstance(binding.value, ast.Call):
                return self._functional(name, binding.value)
            return self.node(binding.value)
        if isinstance(binding, Opaque):
            raise unsupported(node, "is a value, not a type")
        return self._dotted(self._qualified(node), node)

    def _functional(self, name: str, call: ast.Call) -> Type:
        """`name = NewType(...)`, or a class made by a call, known by the name it is bound to."""
        if qualified(call.func, self.names) == "typing.NewType" and len(call.args) == 2:
            return self.node(call.args[1])
        return self._classes(name, self)

    def _dotted(self, name: str, node: ast.expr) -> Type:
        if name in _SCALARS:
            return Scalar(_SCALARS[name])
        if name in _PLAIN:
            return _PLAIN[name]
        if name in _LISTS:
            return ListOf(Hole())
        if name in (*_SETS, *_FROZEN_SETS):
            return SetOf(Hole(), name not in _SETS)
        if name in _DICTS:
            return Hole("dict")
        if name in ("builtins.tuple", "typing.Tuple"):
            return Hole("tuple")
        if name.startswith("numpy.") and (dtype := dtypes.known(name[6:])):
            scalar = dtypes.element(dtype)
            if isinstance(scalar, Scalar):
                return scalar
        raise unsupported(node, _why_not(name))

    def _subscript(self, name: str, parts: tuple[ast.expr, ...], node: ast.expr) -> Type:
        if name == "typing.Literal":
            return _literals(parts, node)
        if name == "typing.Optional":
            return union((self.node(parts[0]), Null()))
        if name == "typing.Union":
            return union(self.node(part) for part in parts)
        if name in _INNER:
            return self.node(parts[0])
        if name in _LISTS and len(parts) == 1:
            return ListOf(self.node(parts[0]))
        if name in (*_SETS, *_FROZEN_SETS) and len(parts) == 1:
            return self._set(name, parts[0], node)
        if name in ("builtins.tuple", "typing.Tuple"):
            return self._tuple(parts, node)
        if name in _DICTS and len(parts) == 2:
            return DictOf(self.node(parts[1]), self._key(parts[0]))
        return self._library(name, parts, node)

    def _library(self, name: str, parts: tuple[ast.expr, ...], node: ast.expr) -> Type:
        """Subscripted types of numpy and pandas."""
        if name == "numpy.typing.NDArray":
            return self._array(parts[0], node)
        if name == "numpy.ndarray" and len(parts) == 2:
            dtype = parts[1]
            of_dtype = isinstance(dtype, ast.Subscript) and self._dtype_of(dtype.value)
            array = self._array(dtype.slice if of_dtype else dtype, node)  # type: ignore[attr-defined]  # of_dtype says that it is a Subscript
            return self._ranked(array, parts[0])
        if name == "pandas.Series" and len(parts) == 1:
            item = self.node(parts[0])
            plain = _PANDAS_ITEMS.get(item.kind) if isinstance(item, Scalar) else None
            return Series(plain) if plain else Hole("series")
        raise unsupported(node, _why_not(name))

    def _dtype_of(self, node: ast.expr) -> bool:
        return qualified(node, self.names) == "numpy.dtype"

    def _array(self, dtype: ast.expr, node: ast.expr) -> Hole:
        """An array whose elements are of the numpy scalar type `dtype`, of any shape."""
        name = qualified(dtype, self.names) or ""
        stem = name.rpartition(".")[2]
        if name.startswith(("numpy.", "builtins.")) and (known := dtypes.known(stem)):
            if dtypes.element(known) is None:
                raise unsupported(node, f"has elements of {known}, which JSON cannot say")
            return Hole("array", known)
        if stem.startswith("complex"):
            raise unsupported(node, "has complex elements, which JSON cannot say")
        return Hole("array")

    def _ranked(self, array: Hole, shape: ast.expr) -> Type:
        """`np.ndarray[tuple[int, int], ...]` says how many axes there are."""
        if array.dtype and isinstance(shape, ast.Subscript):
            axes = shape.slice.elts if isinstance(shape.slice, ast.Tuple) else [shape.slice]
            if not any(isinstance(axis, ast.Constant) and axis.value is ... for axis in axes):
                return Array(array.dtype, (None,) * len(axes))
        return array

    def _set(self, name: str, part: ast.expr, node: ast.expr) -> Type:
        item = self.node(part)
        if any(isinstance(one, Record | Ref | Array | Series | Frame) for one in walk(item)):
            raise unsupported(node, "is a set of what cannot be compared in JSON; use a list")
        return SetOf(item, name in _FROZEN_SETS)

    def _tuple(self, parts: tuple[ast.expr, ...], node: ast.expr) -> Type:
        match parts:
            case (item, ast.Constant(value=end)) if end is ...:
                return TupleOf(rest=self.node(item))
            case ():
                raise unsupported(node, "holds nothing")
        return TupleOf(tuple(self.node(part) for part in parts))

    def _key(self, node: ast.expr) -> Type:
        key = self.node(node)
        texts = isinstance(key, LiteralOf) and all(isinstance(v, str) for v in key.values)
        if texts or key in (Scalar("str"), Scalar("int")):
            return key
        if isinstance(key, AnyJson | Hole):
            return Scalar("str")
        raise unsupported(node, "cannot be the key of a JSON object; use str, int or a Literal")

    def _call(self, node: ast.Call, name: str) -> Type:
        """What generated registrations say, for example `Array("float64", (None, 4))`."""
        if not name.startswith(_RUNTIME):
            if name == "typing.TypedDict":
                return self._classes_inline(node)
            raise AnnotationError(catalogue.UNREADABLE, f"`{_say(node)}` is computed")
        arguments = [ast.literal_eval(argument) for argument in node.args]
        match name.removeprefix(_RUNTIME), arguments:
            case "Array", [str() as dtype]:
                return Array(dtype)
            case "Array", [str() as dtype, tuple() as shape]:
                return Array(dtype, shape)
            case "Series", [str() as dtype]:
                return Series(dtype)
            case "Frame", [dict() as columns]:
                return Frame(tuple(columns.items()))
        raise AnnotationError(catalogue.UNREADABLE, f"`{_say(node)}` is computed")

    def _classes_inline(self, node: ast.Call) -> Type:
        from .classes import functional_typeddict  # classes reads fields with this class

        record = functional_typeddict("", node, self)
        return Record(_text(node.args[0]), "typeddict", record.fields, declared=False)


def closed(type_: Type) -> Type:
    """`type_` with holes of plain containers as containers of anything; arrays stay holes."""
    match type_:
        case Hole("dict"):
            return DictOf(AnyJson())
        case Hole("tuple"):
            return TupleOf(rest=AnyJson())
        case Hole("any"):
            return AnyJson()
    return rebuild(type_, closed)


def unsupported(node: ast.expr, why: str, remedy: str = "") -> AnnotationError:
    """The error for a type that has no JSON form."""
    return AnnotationError(catalogue.UNSUPPORTED, f"`{_say(node)}` {why}", remedy)


def _literals(parts: tuple[ast.expr, ...], node: ast.expr) -> Type:
    values: list[str | int] = []
    others: list[Type] = []
    for part in parts:
        value = ast.literal_eval(part) if _is_literal(part) else ...
        if value is None:
            others.append(Null())
        elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            values.extend([value] if value not in values else [])
        else:
            raise unsupported(node, "has a choice that is neither text nor an integer")
    return union([LiteralOf(tuple(values))] * bool(values) + others)


def _is_literal(node: ast.expr) -> bool:
    operand = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(operand, ast.Constant)


def _why_not(name: str) -> str:
    stem = name.rpartition(".")[2]
    if stem in ("Callable", "Generator", "Iterator", "AsyncGenerator", "AsyncIterator", "Awaitable",
                "Coroutine", "AsyncIterable"):  # fmt: skip
        return "has no JSON form; take and return the values themselves"
    if stem in ("defaultdict", "OrderedDict", "Counter", "DefaultDict", "ChainMap"):
        return "has no JSON form of its own; use dict"
    if stem in ("deque", "Deque", "bytearray", "memoryview"):
        return "has no JSON form of its own; use list or bytes"
    return "has no JSON form"


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _say(node: ast.expr) -> str:
    return ast.unparse(node)
