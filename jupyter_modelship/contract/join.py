"""What holds both of two types, and the plainer forms that a value can take on its way to JSON."""

from __future__ import annotations

from collections.abc import Iterable

from . import dtypes
from .types import (
    AnyJson,
    Array,
    DictOf,
    Frame,
    ListOf,
    LiteralOf,
    Record,
    RecordField,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    members,
    union,
)


def join(types: Iterable[Type]) -> Type:
    """The narrowest type that holds all of `types`; NEVER for none.

    Containers join item by item, int and float become float, arrays of one rank get None on each
    axis where they differ; what has nothing in common becomes a union.
    """
    joined: list[Type] = []
    for type_ in types:
        for part in members(type_):
            _add(joined, part)
    return union(joined)


def _add(joined: list[Type], part: Type) -> None:
    """Add `part`, in the place of what it merges with; that may then merge with another one."""
    for index, present in enumerate(joined):
        both = _merge(present, part)
        if both is None:
            continue
        if both != present:
            again = [*joined[:index], both, *joined[index + 1 :]]
            joined.clear()
            for one in again:
                _add(joined, one)
        return
    joined.append(part)


def _merge(left: Type, right: Type) -> Type | None:
    """One type for both, or None where only a union holds them."""
    if left == right:
        return left
    match left, right:
        case (Scalar("int"), Scalar("float")) | (Scalar("float"), Scalar("int")):
            return Scalar("float")
        case LiteralOf(some), LiteralOf(more):
            return LiteralOf(some + tuple(value for value in more if value not in some))
        case (Array(), Array()) | (Frame(), Frame()) | (Series(), Series()):
            return _merge_columns(left, right)
        case (DictOf() | Record(), DictOf() | Record()):
            return _merge_objects(left, right)
    return _merge_lists(left, right)


def _merge_lists(left: Type, right: Type) -> Type | None:
    match left, right:
        case SetOf(a, frozen), SetOf(b, cold):
            return SetOf(join((a, b)), frozen and cold)
        case TupleOf(), TupleOf():
            return _merge_tuples(left, right)
        case (ListOf(), ListOf() | Array()) | (Array(), ListOf()):
            some, more = as_list(left), as_list(right)
            return ListOf(join((some.item, more.item))) if some and more else None
    return None


def _merge_columns(left: Type, right: Type) -> Type | None:
    match left, right:
        case Array(), Array():
            return _merge_arrays(left, right)
        case Frame(), Frame():
            return _merge_frames(left, right)
        case Series(a), Series(b):
            dtype = dtypes.join(a, b)
            return Series(dtype) if dtype else None
    return None


def _merge_objects(left: Type, right: Type) -> Type | None:
    match left, right:
        case Record(), Record():
            return _merge_records(left, right)
        case DictOf(a, key), DictOf(b, other):
            return DictOf(join((a, b)), key if key == other else Scalar("str"))
        case (DictOf(value, key), Record(declared=False, fields=fields)) | (
            Record(declared=False, fields=fields),
            DictOf(value, key),
        ):
            types = (value, *(field.type for field in fields))
            return DictOf(join(types), Scalar("str") if fields else key)
    return None


def _merge_tuples(left: TupleOf, right: TupleOf) -> TupleOf:
    if left.rest is None and right.rest is None and len(left.items) == len(right.items):
        return TupleOf(tuple(join(pair) for pair in zip(left.items, right.items, strict=True)))
    rests = (rest for rest in (left.rest, right.rest) if rest is not None)
    return TupleOf(rest=join((*left.items, *right.items, *rests)))


def _merge_arrays(left: Array, right: Array) -> Array | None:
    dtype = dtypes.join(left.dtype, right.dtype)
    if dtype is None:
        return None
    if left.shape is None or right.shape is None or len(left.shape) != len(right.shape):
        return Array(dtype)
    axes = zip(left.shape, right.shape, strict=True)
    return Array(dtype, tuple(a if a == b else None for a, b in axes))


def _merge_frames(left: Frame, right: Frame) -> Frame | None:
    """Frames of the same columns, in the order of the first."""
    other = dict(right.columns)
    if dict(left.columns).keys() != other.keys():
        return None
    dtypes_ = [(name, dtypes.join(dtype, other[name])) for name, dtype in left.columns]
    columns = tuple((name, dtype) for name, dtype in dtypes_ if dtype is not None)
    return Frame(columns) if len(columns) == len(dtypes_) else None


def _merge_records(left: Record, right: Record) -> Record | None:
    if (left.name, left.kind, left.declared) != (right.name, right.kind, right.declared):
        return None
    some = {field.name: field for field in left.fields}
    more = {field.name: field for field in right.fields}
    fields = []
    for name in {**some, **more}:
        both = [fields_[name] for fields_ in (some, more) if name in fields_]
        required = len(both) == 2 and all(field.required for field in both)
        fields.append(RecordField(name, join(field.type for field in both), required))
    return Record(left.name, left.kind, tuple(fields), left.declared)


def as_list(type_: Type) -> ListOf | None:
    """The list that a value travels as; None where it does not travel as one."""
    match type_:
        case ListOf():
            return type_
        case SetOf(item):
            return ListOf(item)
        case TupleOf(items, rest):
            return ListOf(rest if rest is not None else join(items))
        case Series(dtype):
            return ListOf(dtypes.element(dtype) or AnyJson())
        case Frame(columns):
            fields = tuple(
                RecordField(name, dtypes.element(dtype) or AnyJson()) for name, dtype in columns
            )
            return ListOf(Record("", "typeddict", fields, declared=False))
        case Array(dtype, shape) if shape:
            item = dtypes.element(dtype) or AnyJson()
            inner = Array(dtype, shape[1:]) if len(shape) > 1 else item
            return ListOf(inner)
    return None


_DTYPES = {"int": "int64", "float": "float64", "bool": "bool", "str": "str"}


def as_array(type_: Type) -> Array | None:
    """The array that numpy makes of nested lists; None where the elements are of two kinds."""
    if isinstance(type_, Array):
        return type_
    rank = 0
    item: Type = type_
    while (inner := as_list(item)) is not None and not isinstance(item, Frame):
        rank, item = rank + 1, inner.item
    if rank == 0 or not isinstance(item, Scalar) or item.kind not in _DTYPES:
        return None
    return Array(_DTYPES[item.kind], (None,) * rank)
