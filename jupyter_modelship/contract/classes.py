"""From a class statement, or the call that makes a class, to its type. Nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .annotations import AnnotationError, Reader, unsupported
from .catalogue import UNREADABLE
from .literals import literal
from .scope import Assigned, Defined, qualified
from .types import UNSET, AnyJson, EnumOf, Record, RecordField

_ENUMS = ("enum.Enum", "enum.IntEnum", "enum.StrEnum")
_FIELD = "dataclasses.field"


def read_class(name: str, reader: Reader) -> Record | EnumOf:
    """The type of the class that `name` is bound to; raises AnnotationError."""
    binding = reader.names[name]
    if isinstance(binding, Assigned) and isinstance(binding.value, ast.Call):
        return _functional(name, binding.value, reader)
    assert isinstance(binding, Defined)
    node = binding.node
    if getattr(node, "type_params", None):
        raise unsupported(ast.Name(name), "is generic; write a class for the one case")
    if (flavour := _flavour(node, reader)) is None:
        raise unsupported(
            ast.Name(name),
            "is neither a dataclass nor a TypedDict, NamedTuple or Enum",
            f"Decorate the class with `@dataclass`, or take its fields as parameters: "
            f"`{name}` then has a JSON form.",
        )
    if flavour == "enum":
        return EnumOf(name, _values(name, _members(node, reader)))
    inner = reader.inside(name)
    if flavour == "dataclass":
        return Record(name, "dataclass", tuple(_merge(_dataclass(node, inner))))
    if flavour == "typeddict":
        return Record(name, "typeddict", tuple(_merge(_typeddict(node, inner))))
    return Record(name, "namedtuple", tuple(_namedtuple(node, inner)))


def _flavour(node: ast.ClassDef, reader: Reader) -> str | None:
    """What kind of class it is, by its decorators, then by its bases."""
    decorators = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    if any(qualified(d, reader.names) == "dataclasses.dataclass" for d in decorators):
        return "dataclass"
    bases = [qualified(base, reader.names) for base in node.bases]
    if "typing.TypedDict" in bases:
        return "typeddict"
    if "typing.NamedTuple" in bases:
        return "namedtuple"
    if any(base in _ENUMS for base in bases):
        return "enum"
    inherited = (_flavour(parent, reader) for parent in _parents(node, reader))
    return next((flavour for flavour in inherited if flavour in ("dataclass", "typeddict")), None)


def _parents(node: ast.ClassDef, reader: Reader) -> Iterator[ast.ClassDef]:
    for base in node.bases:
        binding = reader.names.get(base.id) if isinstance(base, ast.Name) else None
        if isinstance(binding, Defined) and binding.node is not node:
            yield binding.node


def _merge(fields: Iterable[RecordField]) -> Iterable[RecordField]:
    """Each name once, where it first came, as it was last declared."""
    merged: dict[str, RecordField] = {}
    for field in fields:
        merged[field.name] = field
    return merged.values()


def _annotated(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.annotation, statement.value


def _head(annotation: ast.expr, reader: Reader) -> str:
    """The dotted name of an annotation, or of what it subscripts."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return ""
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return qualified(outer, reader.names) or ""


def _dataclass(node: ast.ClassDef, reader: Reader) -> Iterator[RecordField]:
    for parent in reversed(list(_parents(node, reader))):
        yield from _dataclass(parent, reader)
    if not node.decorator_list:
        return
    for name, annotation, value in _annotated(node):
        head = _head(annotation, reader)
        if head in ("typing.ClassVar", "dataclasses.KW_ONLY"):
            continue
        if head == "dataclasses.InitVar":
            raise unsupported(annotation, "is no field: a request cannot carry it")
        required, default = _default(value, reader)
        yield RecordField(name, reader.node(annotation), required, default)


def _default(value: ast.expr | None, reader: Reader) -> tuple[bool, object]:
    """Whether the field must be given, and the default to publish."""
    if value is None:
        return True, UNSET
    if isinstance(value, ast.Call) and qualified(value.func, reader.names) == _FIELD:
        given = {keyword.arg: keyword.value for keyword in value.keywords}
        if "default" in given:
            return False, literal(given["default"])
        made = "default_factory" in given or _is_false(given.get("init"))
        return not made, UNSET
    return False, literal(value)


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _typeddict(node: ast.ClassDef, reader: Reader) -> Iterator[RecordField]:
    for parent in reversed(list(_parents(node, reader))):
        yield from _typeddict(parent, reader)
    total = not any(k.arg == "total" and _is_false(k.value) for k in node.keywords)
    for name, annotation, _ in _annotated(node):
        yield _key(name, annotation, total, reader)


def _key(name: str, annotation: ast.expr, total: bool, reader: Reader) -> RecordField:
    marks = {"typing.Required": True, "typing.NotRequired": False}
    required = marks.get(_head(annotation, reader), total)
    return RecordField(name, reader.node(annotation), required)


def _namedtuple(node: ast.ClassDef, reader: Reader) -> Iterator[RecordField]:
    for name, annotation, value in _annotated(node):
        default = UNSET if value is None else literal(value)
        yield RecordField(name, reader.node(annotation), value is None, default)


def _members(node: ast.ClassDef, reader: Reader) -> Iterator[tuple[str, object]]:
    """(name, value) of an enum's members; `auto()` counts from 1, in a StrEnum it is the name."""
    text = any(qualified(base, reader.names) == "enum.StrEnum" for base in node.bases)
    last = 0
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name[0] != "_":
                called = value.func if isinstance(value, ast.Call) else None
                if called is not None and qualified(called, reader.names) == "enum.auto":
                    found: object = name.lower() if text else last + 1
                else:
                    found = literal(value)
                last = found if isinstance(found, int) else last
                yield name, found


def _values(name: str, members: Iterable[tuple[str, object]]) -> tuple[str, ...] | tuple[int, ...]:
    values = list(dict.fromkeys(value for _, value in members if _hashable(value)))
    texts = tuple(value for value in values if isinstance(value, str))
    numbers = tuple(v for v in values if isinstance(v, int) and not isinstance(v, bool))
    if texts and len(texts) == len(values):
        return texts
    if numbers and len(numbers) == len(values):
        return numbers
    raise unsupported(
        ast.Name(name), "is an Enum whose values are not literals of one kind, text or integers"
    )


def _hashable(value: object) -> bool:
    return not isinstance(value, list | dict)


def _functional(name: str, call: ast.Call, reader: Reader) -> Record | EnumOf:
    made_by = qualified(call.func, reader.names)
    inner = reader.inside(name)
    if made_by == "typing.TypedDict":
        return functional_typeddict(name, call, inner)
    if made_by == "typing.NamedTuple" and len(call.args) == 2:
        pairs = call.args[1].elts if isinstance(call.args[1], ast.List | ast.Tuple) else []
        return Record(name, "namedtuple", tuple(_pair(pair, inner) for pair in pairs))
    if made_by == "collections.namedtuple" and len(call.args) == 2:
        names = _words(call.args[1])
        return Record(name, "namedtuple", tuple(RecordField(word, AnyJson()) for word in names))
    if made_by in _ENUMS and len(call.args) == 2:
        return EnumOf(name, _values(name, _functional_members(call.args[1], made_by)))
    raise unsupported(call, "is computed, so that its type is not known before it runs")


def functional_typeddict(name: str, call: ast.Call, reader: Reader) -> Record:
    """The record of `TypedDict("Name", {"key": type, …}, total=…)`."""
    fields = call.args[1] if len(call.args) == 2 else None
    if not isinstance(fields, ast.Dict):
        raise AnnotationError(UNREADABLE, f"`{ast.unparse(call)}` has no literal fields")
    total = not any(k.arg == "total" and _is_false(k.value) for k in call.keywords)
    keys = [key.value if isinstance(key, ast.Constant) else "" for key in fields.keys]
    read = (_key(str(k), v, total, reader) for k, v in zip(keys, fields.values, strict=True))
    return Record(name, "typeddict", tuple(read))


def _pair(node: ast.expr, reader: Reader) -> RecordField:
    match node:
        case ast.Tuple(elts=[ast.Constant(value=str() as name), annotation]):
            return RecordField(name, reader.node(annotation))
    raise AnnotationError(UNREADABLE, f"`{ast.unparse(node)}` is no (name, type) pair")


def _words(node: ast.expr) -> list[str]:
    value = literal(node)
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [str(word) for word in value] if isinstance(value, list) else []


def _functional_members(node: ast.expr, made_by: str) -> Iterator[tuple[str, object]]:
    value = literal(node)
    if isinstance(value, dict):
        yield from value.items()
        return
    for number, word in enumerate(_words(node), start=1):
        yield word, word.lower() if made_by == "enum.StrEnum" else number
