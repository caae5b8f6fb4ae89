"""The second witness: what the rehearsal saw, as types.

`observed` is exact; `settle` widens that to what a contract should say on so little evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from . import dtypes
from .ambiguity import ambiguous
from .fit import fits
from .join import join
from .types import (
    NEVER,
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    ListOf,
    Null,
    Record,
    RecordField,
    RecordKind,
    Scalar,
    ScalarKind,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    children,
    is_open,
    rebuild,
    union,
)

Description = Mapping[str, Any]
Classes = Mapping[str, Record | EnumOf]
_NO_CLASSES: Classes = {}
_CONTAINERS = frozenset(
    f"builtins.{name}" for name in ("list", "dict", "tuple", "set", "frozenset")
)
MEMBERS = 3
"""A union of more than this many members (Null apart) says nothing: any JSON."""
_SCALARS = frozenset(
    ("int", "float", "str", "bool", "bytes", "datetime", "date", "time", "timedelta", "decimal",
     "uuid")
)  # fmt: skip


def observed(description: Description, classes: Classes = _NO_CLASSES) -> Type:
    """The type of one JSON type description.

    The items of an empty container are NEVER, and so is what the description does not look into
    (see `foreign` for what has no JSON form). A dict with names is a record that is not declared.
    """
    kind = description["kind"]
    if kind in _SCALARS:
        return Scalar(cast("ScalarKind", kind))
    if kind == "null":
        return Null()
    if kind == "other":
        known = classes.get(_class_of(description))
        return known if isinstance(known, EnumOf) else NEVER
    if kind in ("array", "series", "frame", "numpy"):
        return _library(kind, description)
    return _container(kind, description, classes)


def _container(kind: str, description: Description, classes: Classes) -> Type:
    items = [observed(one, classes) for one in description.get("items", ())]
    match kind:
        case "list":
            return ListOf(join(items))
        case "set":
            return SetOf(join(items))
        case "tuple":
            return TupleOf(tuple(items), None if items else NEVER)
    if "values" in description:
        return DictOf(join(observed(one, classes) for one in description["values"]))
    fields = tuple(
        RecordField(name, observed(value, classes)) for name, value in description["fields"].items()
    )
    if kind == "dict":
        return Record("", "typeddict", fields, declared=False)
    return Record(description["name"], cast("RecordKind", description["style"]), fields)


def _library(kind: str, description: Description) -> Type:
    dtype = dtypes.normal(str(description.get("dtype", "")))
    match kind:
        case "numpy":
            return dtypes.element(dtype) or AnyJson()
        case "array":
            return Array(dtype, tuple(description["shape"]))
        case "series":
            return Series(dtype)
    return Frame(tuple((name, dtypes.normal(of)) for name, of in description["columns"]))


def foreign(description: Description, classes: Classes) -> Iterator[str]:
    """The types in a description that have no JSON form, by their Python names.

    A container or a class of the notebook is there as `other` where it lies too deep to describe.
    """
    kind = description["kind"]
    known = description.get("type") in _CONTAINERS or _class_of(description) in classes
    if kind == "other" and not known:
        yield str(description.get("type", "object"))
    named = [description["dtype"]] if kind in ("array", "series", "numpy") else []
    named += [dtype for _, dtype in description["columns"]] if kind == "frame" else []
    for dtype in named:
        if dtypes.element(dtypes.normal(dtype)) is None:
            yield f"numpy {dtype}"
    fields = description.get("fields", {}).values()
    for inner in (*description.get("items", ()), *description.get("values", ()), *fields):
        yield from foreign(inner, classes)


def _class_of(description: Description) -> str:
    return str(description.get("type", "")).rpartition(".")[2]


def seen(descriptions: Sequence[Description], classes: Classes) -> Type:
    """What holds all that was seen, the notebook's own classes recognised; NEVER for nothing."""
    return join(_recognised(observed(one, classes), classes) for one in descriptions)


def _recognised(type_: Type, classes: Classes) -> Type:
    """Records of the notebook's classes as those classes declare them.

    An instance that does not fit its own declaration stays as it was seen, for `fits` to refuse.
    """
    if isinstance(type_, Record) and type_.declared:
        known = classes.get(type_.name)
        if isinstance(known, Record) and fits(type_, known) and not is_open(known):
            return known
    return rebuild(type_, lambda child: _recognised(child, classes))


def strangers(type_: Type, classes: Classes) -> tuple[str, ...]:
    """Names of the classes in `type_` that do not ship."""
    own = {type_.name} if isinstance(type_, Record) and type_.declared else set()
    inner = [name for child in children(type_) for name in strangers(child, classes)]
    return tuple(sorted({*own, *inner} - classes.keys()))


def settle(type_: Type, name: str, classes: Classes) -> Type:
    """What a contract should say where it was silent and `type_` was seen.

    The first axis of an array has any length; a dict whose values are all alike maps any keys,
    another one is a record called `name`; a union that is large or ambiguous is any JSON; what
    nothing was seen of stays a hole.
    """
    if type_ == NEVER:
        return Hole()
    match type_:
        case Array(dtype, shape) if shape:
            return Array(dtype, (None, *shape[1:]))
        case UnionOf(parts):
            return _settled_union([settle(part, name, classes) for part in parts])
        case Record(declared=False):
            return _settled_dict(type_, name, classes)
        case Record(name=known) if known in classes:
            return _of_class(type_, classes[known], classes)
        case Record():
            return _without_class(type_, classes)
    return rebuild(type_, lambda child: settle(child, name, classes))


def _of_class(record: Record, known: Record | EnumOf, classes: Classes) -> Type:
    """The class as it is declared; only its arrays and frames are as they were seen."""
    if isinstance(known, EnumOf) or not is_open(known):
        return known
    seen_ = {field.name: settle(field.type, record.name, classes) for field in record.fields}
    fields = tuple(
        replace(field, type=seen_.get(field.name, field.type)) if is_open(field.type) else field
        for field in known.fields
    )
    return replace(known, fields=fields)


def _settled_union(parts: list[Type]) -> Type:
    both = union(parts)
    kinds = [part for part in parts if part != Null()]
    return AnyJson() if len(kinds) > MEMBERS or ambiguous(both) else both


def _settled_dict(record: Record, name: str, classes: Classes) -> Type:
    value = join(field.type for field in record.fields)
    varying = any(not field.required for field in record.fields)
    if varying or not isinstance(value, UnionOf | AnyJson) or not record.fields:
        return DictOf(settle(value, name, classes))
    fields = tuple(
        RecordField(field.name, settle(field.type, name + _camel(field.name), classes))
        for field in record.fields
    )
    return Record(name, "typeddict", fields, declared=False)


def _without_class(record: Record, classes: Classes) -> Type:
    """A result of a class that does not ship travels all the same; only its name is not known."""
    types = tuple(field.type for field in record.fields)
    if record.kind == "namedtuple":
        return settle(TupleOf(types), record.name, classes)
    fields = tuple(
        RecordField(field.name, settle(field.type, record.name + _camel(field.name), classes))
        for field in record.fields
    )
    return Record(record.name, "typeddict", fields, declared=False)


def _camel(name: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def record_name(*words: str) -> str:
    """A class name for a record that has none: `predict`, `row` -> `PredictRow`."""
    return "".join(map(_camel, (part for word in words for part in word.split("_")))) or "Value"
